import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Bench } from './bench.ts'
import { addProfile } from './images.ts'
import { biosChained } from './scenarios/bios-chained.ts'
import { outage } from './scenarios/outage.ts'
import { ownBootOrder } from './scenarios/own-boot-order.ts'
import { ownPxeClient } from './scenarios/own-pxe-client.ts'
import { notBlank, unregistered } from './scenarios/unregistered.ts'
import { MINUTE } from './states.ts'

/**
 * Six machines on one bench. packages/lab lets two of them be switched on at a time, so the others queue for a place;
 * none is helped beyond its power button.
 */
t.jobs = 6
const bench = await Bench.create('machines')
t.teardown(() => bench[Symbol.asyncDispose]())
const profileA = await addProfile(bench, 'A')
const profileB = await addProfile(bench, 'B')
await bench.eims('site', 'set', '--chain-rom-ipxe', 'always')
await bench.eims('import', await vendorFile(bench, profileA, profileB))

const options = { buffered: true, timeout: 40 * MINUTE }
const held = t.test('unregistered: held until a default profile is set, then provisioned with it', options, (t) =>
  unregistered(t, bench, profileA),
)
await Promise.all([
  held,
  t.test('UEFI, own PXE client, e1000e, AHCI, by serial; asks the network again and keeps its disk', options, (t) =>
    ownPxeClient(t, bench),
  ),
  t.test('UEFI, virtio: service and database are killed during the write', options, (t) => outage(t, bench)),
  t.test('BIOS, ROM iPXE replaced, virtio, by MAC, an image of 2 GB', options, (t) => biosChained(t, bench)),
  t.test('UEFI, no given boot order, NVMe, by UUID', options, (t) => ownBootOrder(t, bench)),
  t.test('unregistered, disk not blank: held with that reason', options, async (t) => {
    await held
    await notBlank(t, bench)
  }),
])

/** The four that are registered, by serial, MAC and UUID, in a file as a vendor would send it. */
async function vendorFile(bench: Bench, profileA: string, profileB: string): Promise<string> {
  const rows = [
    'Name;Serial;MAC;UUID;OSProfile',
    `unit-1;SN-0001;;;${profileA}`,
    `unit-2;;52-54-00-AA-00-02;;${profileB}`,
    `unit-3;;;11111111-2222-3333-4444-555555550003;${profileA}`,
    `unit-4;SN-0004;;;${profileA}`,
  ]
  const file = join(bench.dir, 'machines.csv')
  await writeFile(file, `\ufeff${rows.join('\r\n')}\r\n`)
  return file
}
