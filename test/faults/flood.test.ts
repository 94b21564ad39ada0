import { once } from 'node:events'
import { join } from 'node:path'
import type { Counters } from '@eims/contracts'
import { Lan } from '@eims/lab'
import t, { type Test } from 'tap'
import { launch, launcher, reachableFolder } from '../up/launched.ts'

// One promise: hundreds of half-open transfers and thousands of half requests keep no machine from its boot files.

const lan = await Lan.create({ name: 'flood' })
t.teardown(() => lan[Symbol.asyncDispose]())
const folder = await reachableFolder(t)
const service = launch(lan.service, ['--interface', 'br0', '--data', join(folder, 'data')])
t.teardown(() => service[Symbol.asyncDispose]())
await service.up()

const OWN = lan.bench.neighbourAddress
/** As many as it takes to have 8 transfers of each and 512 in all, and beyond. */
const others = Array.from({ length: 70 }, (_, i) => `192.168.77.${100 + i}`)
for (const address of others)
  await lan.site.exec('ip', ['address', 'add', `${address}/24`, 'dev', lan.bench.neighbourInterface])

const program = join(import.meta.dirname, 'on-the-lan.ts')
const ask = async (protocol: 'tftp' | 'http', what: string) => {
  const { stdout } = await lan.site.exec(process.execPath, [program, 'ask', protocol, what])
  return JSON.parse(stdout) as { read?: number; text?: string; error?: string }
}

/** Somebody who holds so many until the test ends; `held` resolves when all were begun. */
function hold(t: Test, protocol: 'tftp' | 'http', count: number, addresses: string[]): { held: Promise<unknown> } {
  const args = [program, 'hold', protocol, String(count), ...addresses]
  const child = lan.site.spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(async () => {
    const gone = once(child, 'exit')
    child.stdin!.end()
    await gone
  })
  return { held: once(child.stdout!, 'data') }
}

const counters = async () => {
  const { stdout } = await lan.service.exec(launcher, ['counters', '--json', '--data', join(folder, 'data')])
  return (JSON.parse(stdout) as Counters).interfaces[0]!
}
const script = '/boot/script?mac=52-54-00-aa-00-01&arch=x86_64&platform=efi'

await t.test('500 half-open TFTP transfers, of other addresses and of its own', async (t) => {
  const whole = await ask('tftp', 'snponly.efi')
  t.ok(whole.read! > 100_000, 'the file, without a flood')
  for (const addresses of [others, [OWN]]) {
    const before = (await counters()).tftp.gaveWay!
    await hold(t, 'tftp', 520, addresses).held
    t.strictSame(await ask('tftp', 'snponly.efi'), whole)
    t.match(await ask('http', '/boot.ipxe'), { text: /^#!ipxe/ })
    t.ok((await counters()).tftp.gaveWay! > before)
  }
  await service.logs(/tftp: more transfers are asked for/)
})

await t.test('10,000 connections with half a request, of other addresses, while and after they come', async (t) => {
  const flood = hold(t, 'http', 10_000, others)
  let held = false
  void flood.held.then(() => {
    held = true
  })
  let asked = 0
  for (; !held || asked === 0; asked++) t.match(await ask('http', script), { text: /^#!ipxe\n/, read: Number }, 'while')
  t.match(await ask('http', script), { text: /^#!ipxe\n/ }, 'after')
  t.match(await ask('tftp', 'snponly.efi'), { read: Number })
  t.match((await ask('http', '/healthz')).text, /"ok":true/)
  t.ok((await counters()).http['connections.gaveWay']! >= 10_000 - 4096)
  await service.logs(/http: more connections are opened/)
})

await t.test('and of its own address', async (t) => {
  await hold(t, 'http', 1000, [OWN]).held
  t.match(await ask('http', script), { text: /^#!ipxe\n/ })
})
