import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { run } from '@eims/lab'
import type { Test } from 'tap'
import type { Bench } from '../bench.ts'
import { proveUnaided } from '../proof.ts'
import { isProvisioned, isWaiting, MINUTE } from '../states.ts'
import { proveWritten } from '../whole-disk.ts'

const spec = (number: number) =>
  ({
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac: `52:54:00:aa:00:0${number}`, pxe: 'firmware' },
    disk: { bus: 'virtio' },
    system: { serial: `SN-000${number}`, uuid: `11111111-2222-3333-4444-55555555000${number}` },
  }) as const

/** A machine nobody registered waits until a default profile is set, then gets it. */
export async function unregistered(t: Test, bench: Bench, profile: string): Promise<void> {
  const machine = await bench.machine('unknown', spec(5))
  proveUnaided(t, machine)
  await machine.powerOn()
  const waiting = await bench.until('SN-0005', isWaiting, 12 * MINUTE)
  t.equal(waiting.registered, false)
  t.match(waiting.waiting?.text, /nobody registered this machine, and the site has no default profile/)
  t.equal(waiting.run, null, 'no run was made')
  await machine.waitForSerial(/nobody registered this machine/, MINUTE)
  await bench.eims('site', 'set', '--default-profile', profile)
  await bench.until('SN-0005', isProvisioned, 12 * MINUTE)
  await machine.powerOff() // before its OS writes anything
  await proveWritten(t, machine.diskFile, 'A')
}

/** One whose disk is not blank waits with that reason, though there is a default profile, and its disk stays as it is. */
export async function notBlank(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('used', spec(6))
  proveUnaided(t, machine)
  await run('sgdisk', ['-n', '1:2048:+100M', '-t', '1:8300', machine.diskFile])
  const before = await digest(machine.diskFile)
  await machine.powerOn()
  const node = await bench.until('SN-0006', isWaiting, 12 * MINUTE)
  t.match(node.waiting?.text, /nobody registered this machine, and its disk \/dev\/vda is not blank \(gpt\)/i)
  await machine.waitForSerial(/is not blank/, MINUTE)
  await machine.powerOff()
  t.equal(await digest(machine.diskFile), before, 'its disk was not touched')
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}
