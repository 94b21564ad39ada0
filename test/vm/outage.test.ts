import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '@eims/lab'
import t from 'tap'
import { Bench, type ShownNode } from './bench.ts'
import { addProfile } from './images.ts'
import { proveInstalled, proveUnaided } from './proof.ts'

const MINUTE = 60_000
const running = (node: ShownNode) => node.instance?.state === 'RUNNING'
const spec = (number: number) => ({
  firmware: 'uefi' as const,
  nic: { model: 'virtio-net-pci' as const, mac: `52:54:00:aa:01:0${number}`, pxe: 'firmware' as const },
  disk: { bus: 'virtio' as const },
  system: { serial: `OUT-000${number}`, uuid: `11111111-2222-3333-4444-55555555010${number}` },
})
const writing = (node: ShownNode) => node.run?.actions.find((action) => action.name === 'write-image')

const bench = await Bench.create('outage')
t.teardown(() => bench[Symbol.asyncDispose]())
const profile = await addProfile(bench, 'A')

await using registered = await bench.machine('registered', spec(1))
await using unknown = await bench.machine('unknown', spec(2))
await bench.eims('nodes', 'add', 'unit-4', '--serial', 'OUT-0001', '--profile', profile)
const unknownRef = 'OUT-0002'

await t.test(
  'service and database are killed in the middle of the write, and the machine does not care',
  { timeout: 20 * MINUTE },
  async (t) => {
    proveUnaided(t, registered)
    await registered.powerOn()
    await unknown.powerOn()
    const at = randomInt(5, 80) / 100
    t.comment(`kill at ${at * 100} % of the write`)
    await bench.until(
      'unit-4',
      (node) => (writing(node)?.progress ?? 0) >= at || writing(node)?.state === 'SUCCEEDED',
      8 * MINUTE,
    )
    await bench.kill()
    await sleep(20_000)
    await bench.up()
    const node = await bench.until('unit-4', running, 12 * MINUTE)
    await proveInstalled(t, bench, node, { mac: '52:54:00:aa:01:01', name: 'unit-4', variant: 'A' })
    const chunks = (await bench.wire()).http
      .filter((seen) => seen.uri.startsWith('/blobs/') && seen.from === '52:54:00:aa:01:01')
      .map((seen) => seen.uri)
    const twice = chunks.length - new Set(chunks).size
    t.ok(twice <= 2, `${twice} of ${chunks.length} chunks were fetched twice; at most 2 may`)
    await registered.powerOff()
  },
)

await t.test(
  'a machine nobody registered is held until a default profile is set, then gets it',
  { timeout: 20 * MINUTE },
  async (t) => {
    const held = await bench.until(unknownRef, (node) => node.held !== null, 5 * MINUTE)
    t.equal(held.registered, false)
    t.match(held.held, /nobody registered this machine, and the site has no default profile/)
    t.equal(held.run, null, 'no run was made')
    await unknown.waitForSerial(/nobody registered this machine/, MINUTE)
    await bench.eims('site', 'set', '--default-profile', profile)
    const node = await bench.until(unknownRef, running, 12 * MINUTE)
    await proveInstalled(t, bench, node, { mac: '52:54:00:aa:01:02', name: node.name, variant: 'A' })
    await unknown.powerOff()
  },
)

await t.test('one whose disk is not blank is held with that reason', { timeout: 10 * MINUTE }, async (t) => {
  await using used = await bench.machine('used', spec(3))
  await run('sgdisk', ['-n', '1:2048:+100M', '-t', '1:8300', used.diskFile])
  const before = (await run('sha256sum', [used.diskFile])).stdout
  await used.powerOn()
  const node = await bench.until('OUT-0003', (shown) => shown.held !== null, 8 * MINUTE)
  t.match(node.held, /nobody registered this machine, and its disk \/dev\/vda is not blank \(gpt\)/i)
  await used.waitForSerial(/is not blank/, MINUTE)
  await used.powerOff()
  t.equal((await run('sha256sum', [used.diskFile])).stdout, before, 'its disk was not touched')
})
