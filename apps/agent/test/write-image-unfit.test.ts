import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageFacts } from '@eims/contracts'
import t, { type Test } from 'tap'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB } from './support/disks.ts'
import { fakeImage, fakeSource, noise, sha256, someFacts } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

const DISK = 40 * MIB
const image = fakeImage(Buffer.concat([noise(20 * MIB, 1), noise(MIB + 512, 2)]))

function at(t: Test, facts: ImageFacts, { firmware = 'uefi', sectorSize = 512, seeded = true } = {}) {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sda', size: DISK, sectorSize })
  writeFileSync(node, noise(DISK, 99))
  if (firmware === 'uefi') mkdirSync(join(machine.sysRoot, 'firmware/efi/efivars'), { recursive: true })
  const source = fakeSource(image.chunks)
  const context = fakeContext(t, machine, { chunks: [source], results: chose('/dev/sda', DISK) })
  const args = { manifestSha256: image.manifestSha256, rawSize: image.raw.length, facts, seeded }
  return {
    sysRoot: machine.sysRoot,
    source,
    run: () => writeImageHandler(args, context),
    digest: () => sha256(readFileSync(node)),
  }
}

const mbr = { ...someFacts, table: 'mbr' } as const
const refused: [string, ImageFacts, Parameters<typeof at>[2], string][] = [
  ['an image as large as the disk', { ...someFacts, size: DISK, usedEnd: DISK - MIB }, {}, 'image-fills-disk'],
  ['a GPT for 512-byte sectors on 4Kn', someFacts, { sectorSize: 4096 }, 'sector-size'],
  ['a GPT for 4096-byte sectors on 512', { ...someFacts, sectorSize: 4096 }, {}, 'sector-size'],
  ['an MBR image on 4Kn', mbr, { sectorSize: 4096 }, 'sector-size'],
  ['four primaries', { ...mbr, freeEntries: 0 }, {}, 'partition-table-full'],
  ['no ESP for UEFI', { ...someFacts, esp: null }, {}, 'no-efi-partition'],
  ['no loader for UEFI', { ...someFacts, esp: { partition: 1, loaders: [] } }, {}, 'no-efi-loader'],
  ['wrong checksums', { ...someFacts, faults: ['header-checksum'] }, {}, 'image-table-damaged'],
]

for (const [name, facts, machine, code] of refused)
  await t.test(`${name} is refused, and the disk is as it was`, async (t) => {
    const { source, run, digest } = at(t, facts, machine)
    const before = digest()
    t.match(await run().catch((error) => error), { reason: { code } })
    t.equal(digest(), before)
    t.strictSame(source.asked, [])
  })

await t.test('an enforcing machine is not given what it would not start', async (t) => {
  const loaders = someFacts.esp!.loaders!
  const signed = loaders.map((path) => ({ path, digest: 'ab'.repeat(32), signatures: [], fault: null }))
  for (const [on, code] of [
    [1, 'loader-not-signed'],
    [0, null],
  ] as const) {
    const { sysRoot, run, digest } = at(t, { ...someFacts, esp: { partition: 1, loaders, signed } })
    const variable = 'firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'
    writeFileSync(join(sysRoot, variable), Buffer.from([6, 0, 0, 0, on]))
    const before = digest()
    if (code) t.match(await run().catch((error) => error), { reason: { code } })
    else await t.resolves(run())
    t.equal(digest() === before, code !== null)
  }
})

await t.test('what fits is written', async (t) => {
  const { run } = at(t, someFacts)
  t.match(await run(), { result: { framesKept: 0 } })
})

await t.test('a plan without a seed needs no room for one', async (t) => {
  const { run } = at(t, { ...someFacts, freeEntries: 0 }, { seeded: false })
  await t.resolves(run())
})

await t.test('a BIOS needs boot code, where the machine is a PC', async (t) => {
  const { run } = at(t, { ...someFacts, esp: null, bios: { code: false, partition: null } }, { firmware: 'bios' })
  if (process.arch === 'x64') t.match(await run().catch((error) => error), { reason: { code: 'no-bios-boot' } })
  else await t.resolves(run())
})
