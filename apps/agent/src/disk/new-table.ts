import { hash } from 'node:crypto'
import { type BuiltinArgs, guidFromBytes, mbrEntryAt, TYPE_ESP, TYPE_PROTECTIVE } from '@eims/contracts'
import { Failure } from '../failure.ts'
import { encodeGpt, type Gpt, type Patch, putEntry } from './gpt.ts'
import { firstPlace } from './mark.ts'
import { BEYOND_REACH } from './mbr.ts'
import type { Shape } from './read-gpt.ts'

const MIB = 1024 * 1024
const GPT_ENTRIES = 128
const GPT_ENTRY = 128
const GPT_HEADER = 92
/** an MBR counts sectors in 32 bits */
const MBR_SECTORS = 0xffffffff

type Wanted = BuiltinArgs<'partition-disk'>['partitions'][number]

/** UAPI Discoverable Partitions Specification, and GRUB's own; an MBR's types are Linux's since ever. */
const types: Record<Wanted['type'], { gpt: string; mbr: number | null }> = {
  linux: { gpt: '0fc63daf-8483-4772-8e79-3d69d8477de4', mbr: 0x83 },
  efi: { gpt: TYPE_ESP, mbr: 0xef },
  swap: { gpt: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f', mbr: 0x82 },
  'bios-boot': { gpt: '21686148-6449-6e6f-744e-656564454649', mbr: null },
}

/** A partition's place on the disk; bytes. */
export interface Placed {
  number: number
  offset: number
  size: number
}

/**
 * PURE: where partitions lie: one behind the other in the order of the list, each from a whole MiB on and of whole MiB.
 * The first MiB is the table's and a boot loader's.
 * @param shape its last whole MiB in front of the run's mark (mark.ts) is where they end
 * @throws Failure partitions-do-not-fit
 */
export function placePartitions(table: 'gpt' | 'mbr', wanted: readonly Wanted[], shape: Shape): Placed[] {
  const most = table === 'mbr' ? MBR_SECTORS * shape.sectorSize : Number.POSITIVE_INFINITY
  const end = Math.floor(Math.min(firstPlace(shape), most) / MIB) * MIB
  let offset = MIB
  return wanted.map(({ number, size }) => {
    const placed = { number, offset, size: Math.ceil((size ?? Math.max(MIB, end - offset)) / MIB) * MIB }
    offset += placed.size
    if (offset > end)
      throw new Failure({ code: 'partitions-do-not-fit', slots: { disk: shape.path, bytes: offset, room: end } })
    return placed
  })
}

/**
 * PURE: a table of its own for a disk, in the order in which it is safe to write with a sync behind each.
 * @param seed the same gives the same GUIDs, so that the same action done again changes nothing
 * @throws Failure partition-not-in-mbr
 */
export function newTable(
  table: 'gpt' | 'mbr',
  wanted: readonly Wanted[],
  placed: readonly Placed[],
  { shape, seed }: { shape: Shape; seed: string },
): Patch[] {
  const parts = wanted.map((part, at) => ({ ...part, ...placed[at]! }))
  return table === 'gpt' ? newGpt(parts, shape, seed) : [{ offset: 0, bytes: newMbr(parts, shape, seed) }]
}

type Part = Wanted & Placed

function newGpt(parts: readonly Part[], { size, sectorSize }: Shape, seed: string): Patch[] {
  const entries = Buffer.alloc(GPT_ENTRIES * GPT_ENTRY)
  for (const { number, type, label, offset, size: bytes } of parts)
    putEntry(entries.subarray((number - 1) * GPT_ENTRY, number * GPT_ENTRY), {
      type: types[type].gpt,
      guid: guidOf(`${seed} ${number}`),
      first: offset / sectorSize,
      last: (offset + bytes) / sectorSize - 1,
      name: label,
    })
  const gpt: Gpt = {
    headerSize: GPT_HEADER,
    firstUsable: 2 + entries.length / sectorSize,
    diskGuid: guidOf(seed),
    entriesLba: 2,
    entryCount: GPT_ENTRIES,
    entrySize: GPT_ENTRY,
    sectorSize,
    entries,
  }
  const protective = emptyMbr(sectorSize)
  protective.set([0, 0, 2, 0, TYPE_PROTECTIVE, 0xff, 0xff, 0xff], mbrEntryAt(1))
  protective.writeUInt32LE(1, mbrEntryAt(1) + 8)
  return encodeGpt(gpt, Math.floor(size / sectorSize), protective, 'primary')
}

function newMbr(parts: readonly Part[], { sectorSize }: Shape, seed: string): Buffer {
  const sector = emptyMbr(sectorSize)
  sector.set(hash('sha256', seed, 'buffer').subarray(0, 4), 440)
  for (const { number, type, offset, size } of parts) {
    if (number > 4) throw new Failure({ code: 'partition-not-in-mbr', slots: { partition: number, fault: 'number' } })
    const { mbr } = types[type]
    if (mbr === null) throw new Failure({ code: 'partition-not-in-mbr', slots: { partition: number, fault: 'type' } })
    const at = mbrEntryAt(number)
    sector.set([0, ...BEYOND_REACH, mbr, ...BEYOND_REACH], at)
    sector.writeUInt32LE(offset / sectorSize, at + 8)
    sector.writeUInt32LE(size / sectorSize, at + 12)
  }
  return sector
}

function emptyMbr(sectorSize: number): Buffer {
  const sector = Buffer.alloc(sectorSize)
  sector.set([0x55, 0xaa], 510)
  return sector
}

/** RFC 9562 section 5.8: version 8 is whatever its maker says. */
function guidOf(text: string): string {
  const bytes = hash('sha256', text, 'buffer').subarray(0, 16)
  const guid = guidFromBytes(bytes)
  return `${guid.slice(0, 14)}8${guid.slice(15, 19)}${'89ab'[bytes[8]! & 3]}${guid.slice(20)}`
}
