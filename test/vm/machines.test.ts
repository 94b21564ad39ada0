import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { together } from '../together.ts'
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
const bench = await Bench.create('machines')
t.teardown(() => bench[Symbol.asyncDispose]())
const profileA = await addProfile(bench, 'A')
const profileB = await addProfile(bench, 'B')
await bench.eims('site', 'set', '--chain-rom-ipxe', 'always')
await bench.eims('import', await vendorFile(bench, profileA, profileB))

const blankOneIsDone = Promise.withResolvers<void>()
await together(t, 40 * MINUTE, {
  'unregistered: held until a default profile is set, then provisioned with it': (t) =>
    unregistered(t, bench, profileA).finally(blankOneIsDone.resolve),
  'UEFI, own PXE client, e1000e, AHCI, by serial; asks the network again and keeps its disk': (t) =>
    ownPxeClient(t, bench),
  'UEFI, virtio: service and database are killed during the write': (t) => outage(t, bench),
  'BIOS, ROM iPXE replaced, virtio, by MAC, an image of 2 GB': (t) => biosChained(t, bench),
  'UEFI, no given boot order, NVMe, by UUID': (t) => ownBootOrder(t, bench),
  'unregistered, disk not blank: held with that reason': async (t) => {
    await blankOneIsDone.promise
    await notBlank(t, bench)
  },
})

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
