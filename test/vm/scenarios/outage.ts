import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Bench } from '../bench.ts'
import { proveUnaided } from '../proof.ts'
import { isProvisioned, MINUTE, written } from '../states.ts'
import { proveWritten } from '../whole-disk.ts'

const mac = '52:54:00:aa:00:04'

/** A write of some fifty seconds, of which at least twenty are left at the kill: no look at it may come after its end. */
const MBIT = 20

/** Service and database are killed in the middle of the write and stay away for 20 s; whatever else is under way goes on too. */
export async function outage(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine(
    'unit-4',
    {
      firmware: 'uefi',
      nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
      disk: { bus: 'virtio' },
      system: { serial: 'SN-0004', uuid: '11111111-2222-3333-4444-555555550004' },
    },
    { ...bench.lan.bench, mbit: MBIT },
  )
  proveUnaided(t, machine)
  await machine.powerOn()
  const at = randomInt(5, 60) / 100
  t.comment(`killed at ${Math.round(at * 100)} % of the write`)
  const killed = await bench.until('unit-4', (node) => written(node) >= at, 12 * MINUTE)
  await bench.kill()
  t.ok(written(killed) < 1, 'the write was under way')
  await sleep(20_000)
  await bench.up()
  await bench.until('unit-4', isProvisioned, 12 * MINUTE)
  await machine.powerOff() // before its OS writes anything
  await proveWritten(t, machine.diskFile, 'A')
  const chunks = (await bench.wire()).http.filter((seen) => seen.from === mac && seen.uri.startsWith('/blobs/'))
  const twice = chunks.length - new Set(chunks.map((seen) => seen.uri)).size
  t.ok(chunks.length > 20, `${chunks.length} chunks were fetched`)
  t.ok(twice <= 2, `${twice} of them twice; at most 2 may`)
}
