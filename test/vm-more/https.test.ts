import t from 'tap'
import { Bench } from '../vm/bench.ts'
import { addProfile } from '../vm/images.ts'
import { MINUTE } from '../vm/states.ts'
import { biosBesideHttps } from './scenarios/bios-beside-https.ts'
import { httpBootToHttps } from './scenarios/http-boot-to-https.ts'
import { ownCa } from './scenarios/own-ca.ts'
import { wrongCa } from './scenarios/wrong-ca.ts'

/**
 * A site that boots over HTTPS, at first with plain HTTP for who cannot, then over nothing else: one machine after the
 * other, for the last needs a restart.
 */
const bench = await Bench.create('https')
t.teardown(() => bench[Symbol.asyncDispose]())
const profile = await addProfile(bench, 'A')
await bench.eims('nodes', 'add', 'unit-1', '--serial', 'SN-0201', '--profile', profile)
await bench.eims('nodes', 'add', 'unit-2', '--mac', '52:54:00:ac:00:02', '--profile', profile)

const options = { timeout: 20 * MINUTE }
await t.test('BIOS, our iPXE: held in the Micro-OS, by plain HTTP', options, async (t) => {
  await bench.eims('site', 'set', '--https', 'on', '--plain-http', 'allowed', '--chain-rom-ipxe', 'always')
  await biosBesideHttps(t, bench)
  await bench.eims('site', 'set', '--plain-http', 'refused', '--chain-rom-ipxe', 'auto')
})
await t.test('UEFI HTTP boot: held in the Micro-OS, over HTTPS', options, (t) => httpBootToHttps(t, bench))
await t.test("UEFI over HTTPS with the site's CA: provisioned", options, (t) => ownCa(t, bench))
await t.test('a certificate of another CA: the machine says why and gives up', options, (t) => wrongCa(t, bench))
