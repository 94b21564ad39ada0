import t from 'tap'
import { Bench } from '../vm/bench.ts'
import { MINUTE } from '../vm/states.ts'
import { typedUrl } from './scenarios/typed-url.ts'

/** A site where eims answers no DHCP at all. */
const bench = await Bench.create('typed')
t.teardown(() => bench[Symbol.asyncDispose]())
await bench.eims('site', 'set', '--dhcp', 'off')

const options = { timeout: 20 * MINUTE }
await t.test('UEFI HTTP boot from a URL in its setup: held in the Micro-OS', options, (t) => typedUrl(t, bench))
