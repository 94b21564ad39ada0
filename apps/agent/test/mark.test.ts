import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { chooseDiskHandler } from '../src/actions/choose-disk.ts'
import { rebootHandler } from '../src/actions/reboot.ts'
import { seedHandler } from '../src/actions/seed.ts'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { openDisk } from '../src/disk/block-device.ts'
import { clearMark, holdsMark, isMarked, markPlace, setMark } from '../src/disk/mark.ts'
import type { Machine } from '../src/machine.ts'
import { chose, fakeContext, tempDir } from './support/context.ts'
import { gptByFdisk, isUnstartable, MIB, sparse, tool, unmarked } from './support/disks.ts'
import { fakeImage, fakeSource, noise } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

const KIB = 1024
const SIZE = MIB + 512 * KIB
const FOREIGN = noise(SIZE, 7)
const zeros = (length: number) => Buffer.alloc(length)
const small = fakeImage(Buffer.concat([noise(128 * KIB), zeros(64 * KIB), noise(128 * KIB, 2)]), 64 * KIB)
const images = {
  'an image that leaves room': small,
  'an image as large as the disk': fakeImage(
    Buffer.concat([small.raw, zeros(SIZE - 448 * KIB), noise(128 * KIB, 3)]),
    64 * KIB,
  ),
  'an image as large as the disk that ends with zeros': fakeImage(
    Buffer.concat([small.raw, zeros(SIZE - small.raw.length)]),
    64 * KIB,
  ),
  'an image that ends in the middle of the mark': fakeImage(
    Buffer.concat([small.raw, noise(SIZE - small.raw.length - 17_152, 4)]),
    64 * KIB,
  ),
}
const rule = {
  rule: {},
  imageSize: KIB,
  overwrite: false,
  overwriteReason: { code: 'nobody-registered-it', slots: {} },
} as const

/** Two disks of one size without a serial; the foreign one is called `vda` when they have `swapped`. */
function twins(
  t: Test,
  ours: Buffer,
  { swapped = false, openDisk }: { swapped?: boolean; openDisk?: Machine['openDisk'] } = {},
) {
  const machine = fakeMachine(t)
  const bus = (slot: number) => `pci0000:00/0000:00:0${slot}.0/virtio${slot}/block`
  const node = addDisk(machine, { name: swapped ? 'vdb' : 'vda', size: SIZE, bus: bus(2) })
  const other = addDisk(machine, { name: swapped ? 'vda' : 'vdb', size: SIZE, bus: bus(3) })
  writeFileSync(node, ours)
  writeFileSync(other, FOREIGN)
  if (openDisk) machine.openDisk = openDisk
  return { machine, node, other }
}

const first = { ...rule, rule: { match: '/dev/vda' } }

/** What of the writes that were not synced reaches a disk whose power goes: disks take them in any order. */
type Fate = 'all' | 'none' | 'the last'

/** Disks whose power goes with the nth write. */
function cutAt(nth: number, kept: Fate): { open: Machine['openDisk']; writes: () => number } {
  let writes = 0
  const open: Machine['openDisk'] = async (path, mode) => {
    const disk = await openDisk(path, mode)
    let undo: [number, Buffer][] = []
    return {
      ...disk,
      async write(offset, bytes) {
        if (writes >= nth) throw new Error('power is cut')
        undo.unshift([offset, await disk.read(offset, bytes.length)])
        await disk.write(offset, bytes)
        writes += 1
        if (writes < nth) return
        const lost = { all: [], none: undo, 'the last': undo.slice(1) }[kept]
        for (const [at, was] of lost) await disk.write(at, was)
        throw new Error('power is cut')
      },
      // a file needs no sync, and waiting for it hundreds of times takes most of a minute
      async sync() {
        undo = []
      },
      [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
    }
  }
  return { open, writes: () => writes }
}

for (const [name, image] of Object.entries(images))
  for (const kept of ['all', 'none', 'the last'] as const)
    await t.test(`${name}, cut at every write, of what was not synced ${kept} kept`, async (t) => {
      const args = { manifestSha256: image.manifestSha256, rawSize: image.raw.length }
      const chunks = [fakeSource(image.chunks)]
      for (let nth = 1; ; nth += 1) {
        const power = cutAt(nth, kept)
        const before = twins(t, zeros(SIZE), { openDisk: power.open })
        const { result } = await chooseDiskHandler(first, fakeContext(t, before.machine))
        const results = { 'choose-disk': result }
        const run = { chunks, results }
        const cut = await writeImageHandler(args, fakeContext(t, before.machine, run)).catch((error: Error) => error)
        if (!(cut instanceof Error)) {
          t.ok(nth > 6, `${nth - 1} writes were cut`)
          break
        }
        t.equal(cut.message, 'power is cut')

        const cutDisk = readFileSync(before.node)
        if (name === 'an image that leaves room') t.ok(isUnstartable(cutDisk), `nothing starts from it, cut at ${nth}`)
        const after = twins(t, cutDisk, { swapped: true, openDisk: cutAt(Infinity, 'all').open })
        const context = fakeContext(t, after.machine, { ...run, attempt: 2 })
        await writeImageHandler(args, context)
        t.ok(unmarked(readFileSync(after.node)).subarray(0, image.raw.length).equals(image.raw), `cut at ${nth}`)
        t.ok(readFileSync(after.other).equals(FOREIGN), 'the other disk is as it was')
        await rebootHandler({ how: 'hold' }, context)
        const whole = Buffer.concat([image.raw, zeros(SIZE - image.raw.length)])
        t.ok(readFileSync(after.node).equals(whole), 'no mark stays')
      }
    })

await t.test('a run that is taken up from its start chooses the disk that it began', async (t) => {
  const power = cutAt(4, 'all')
  const { machine, node } = twins(t, zeros(SIZE), { openDisk: power.open })
  const { result } = await chooseDiskHandler(first, fakeContext(t, machine))
  const run = { chunks: [fakeSource(small.chunks)], results: { 'choose-disk': result } }
  const args = { manifestSha256: small.manifestSha256, rawSize: small.raw.length }
  await t.rejects(writeImageHandler(args, fakeContext(t, machine, run)))
  const half = readFileSync(node)
  const again = fakeContext(t, twins(t, half).machine)
  t.match(await chooseDiskHandler(first, again), { result: { path: '/dev/vda' } })
  t.match(again.lines[0], /begun by this run/)
  const other = { ...fakeContext(t, twins(t, half).machine), runId: 'run-2' }
  await t.rejects(chooseDiskHandler(first, other), { message: /^\/dev\/vda .* is not blank/ }, 'not so another run')
  const larger = { size: SIZE + MIB, sectorSize: 512 }
  const from = markPlace({ ...larger, size: SIZE })
  const copy = Buffer.concat([half, zeros(MIB)])
  half.copy(copy, markPlace(larger), from, from + 512)
  const copied = fakeMachine(t)
  writeFileSync(addDisk(copied, { name: 'vda', size: larger.size }), copy)
  await t.rejects(chooseDiskHandler(first, fakeContext(t, copied)), { message: /is not blank/ }, 'nor a copy')
})

await t.test('a mark alone is known for what it is', async (t) => {
  const { machine, node } = twins(t, zeros(SIZE), { openDisk: cutAt(1, 'all').open })
  const { result } = await chooseDiskHandler(first, fakeContext(t, machine))
  const run = { chunks: [fakeSource(small.chunks)], results: { 'choose-disk': result } }
  const args = { manifestSha256: small.manifestSha256, rawSize: small.raw.length }
  await t.rejects(writeImageHandler(args, fakeContext(t, machine, run)))
  const disk = readFileSync(node)
  t.ok(unmarked(disk).equals(zeros(SIZE)))
  t.ok(holdsMark(disk.subarray(-MIB), SIZE))
  const { machine: later } = twins(t, disk)
  await t.rejects(chooseDiskHandler(first, { ...fakeContext(t, later), runId: 'run-2' }), {
    message: /found: unfinished installation/,
  })
})

const choice = { path: '/dev/vda', size: SIZE, serial: null, wwn: null }
const args = { manifestSha256: small.manifestSha256, rawSize: small.raw.length }

await t.test('the interlock holds in the session that writes, too', async (t) => {
  const write = async (ours: Buffer, more: object) => {
    const { machine, node, other } = twins(t, ours)
    const results = { 'choose-disk': { ...choice, busPath: 'pci-0000:00:02.0', ends: null, overwrite: false, ...more } }
    const context = fakeContext(t, machine, { chunks: [fakeSource(small.chunks)], results })
    await writeImageHandler(args, context)
      .catch((error: Error) => error)
      .finally(() => {
        t.ok(readFileSync(other).equals(FOREIGN))
      })
    return readFileSync(node)
  }
  const used = noise(SIZE, 8)
  t.ok((await write(used, {})).equals(used), 'not blank, and nothing may be overwritten')
  t.ok((await write(used, { overwrite: true, ends: 'ab'.repeat(32) })).equals(used), 'another than was chosen')
  t.notOk((await write(used, { overwrite: true })).equals(used), 'chosen by an agent that kept nothing to compare')
  t.notOk((await write(zeros(SIZE), {})).equals(zeros(SIZE)))
})

await t.test('a disk that is not blank and has no mark is refused with the reason', async (t) => {
  const { machine } = twins(t, noise(SIZE, 8))
  const results = { 'choose-disk': { ...choice, busPath: 'pci-0000:00:02.0', ends: null, overwrite: false } }
  const context = fakeContext(t, machine, { chunks: [fakeSource(small.chunks)], results })
  const refused = await writeImageHandler(args, context).catch((error: Error) => error)
  t.match(refused, { reason: { code: 'disk-changed', slots: { disk: '/dev/vda', found: 'unknown data' } } })
})

for (const sectorSize of [512, 4096])
  await t.test(`a mark in a sector of ${sectorSize} bytes, before the place of a backup table`, async (t) => {
    const { machine, node } = twins(t, noise(SIZE, 9))
    const shape = { size: SIZE - 512, sectorSize }
    await using disk = await machine.openDisk(node, 'write')
    const place = markPlace(shape)
    t.equal(place % sectorSize, 0)
    t.ok(place + sectorSize <= (Math.floor(shape.size / sectorSize) - 1) * sectorSize - 16 * KIB)
    const tail = () => readFileSync(node).subarray(0, shape.size).subarray(-MIB)
    t.notOk(holdsMark(tail(), shape.size))
    await setMark(disk, shape, 'run-1')
    t.ok(holdsMark(tail(), shape.size))
    t.ok(await isMarked(disk, shape, 'run-1'))
    t.notOk(await isMarked(disk, shape, 'run-2'))
    await clearMark(disk, shape, 'run-2')
    t.ok(await isMarked(disk, shape, 'run-1'))
    await clearMark(disk, shape, 'run-1')
    t.notOk(holdsMark(tail(), shape.size))
  })

await t.test('wherever the power goes, nothing starts from a disk before image and seed are there', async (t) => {
  const size = 18 * MIB
  const [folder, documents] = [
    tempDir(t),
    { metaData: 'a', userData: 'b', vendorData: '', networkConfig: '', growRoot: true },
  ]
  for (const table of ['gpt', 'mbr'] as const)
    for (const kept of ['all', 'none', 'the last'] as const)
      await t.test(`${table}, of what was not synced ${kept} kept`, async (t) => {
        const file = join(folder, table)
        if (table === 'gpt') gptByFdisk(file, 8 * MIB, 512, 1, 4)
        else tool('sfdisk', ['-q', sparse(file, 8 * MIB)], 'label: dos\nstart=2048, size=8192, type=83\n')
        const image = fakeImage(readFileSync(file))
        const args = { manifestSha256: image.manifestSha256, rawSize: image.raw.length }
        const ended: boolean[] = []
        for (let nth = 1; ; nth += 1) {
          const machine = fakeMachine(t)
          const node = addDisk(machine, { name: 'sda', size })
          writeFileSync(node, Buffer.alloc(size))
          const run = { chunks: [fakeSource(image.chunks)], results: chose('/dev/sda', size) }
          const install = async (open: Machine['openDisk']) => {
            const context = fakeContext(t, { ...machine, openDisk: open }, { ...run, attempt: 2 })
            await writeImageHandler(args, context)
            await seedHandler(documents, context)
            await rebootHandler({ how: 'reboot' }, context)
          }
          const power = cutAt(nth, kept)
          const cut = await install(power.open).catch((error: Error) => error)
          if (!cut) break
          t.equal(cut.message, 'power is cut')
          const disk = readFileSync(node)
          ended.push(!isUnstartable(disk))
          await install(cutAt(Infinity, 'all').open)
          if (ended.at(-1)) {
            writeFileSync(node, disk)
            t.match(tool('sfdisk', ['-V', node]), /No errors detected/)
            t.ok(disk.subarray(MIB, 5 * MIB).equals(image.raw.subarray(MIB, 5 * MIB)))
            t.equal(tool('mtype', ['-i', `${node}@@${9 * MIB}`, '::user-data']), 'b')
          }
        }
        t.ok(ended.length > 8)
        t.strictSame(
          ended,
          ended.toSorted((a, b) => Number(a) - Number(b)),
          'it can be started from at the end only',
        )
        t.ok(ended.filter(Boolean).length <= 2)
      })
})
