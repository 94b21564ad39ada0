import { randomUUID } from 'node:crypto'
import { ADDONS_LABEL, SEED_BYTES } from '@eims/contracts'
import { Failure } from '../failure.ts'
import type { BlockDevice } from './block-device.ts'
import { addPartition, encodeGpt, lastUsable, type Patch, partitionsOf, TYPE_LINUX } from './gpt.ts'
import { mbrEnd } from './grow.ts'
import { addMbrPartition, decodeMbr } from './mbr.ts'
import { readGpt, type Shape } from './read-gpt.ts'
import type { Partition } from './read-partitions.ts'

const MIB = 1024 * 1024

interface AddonsPlace extends Partition {
  /** what makes it a partition, in the order in which it is safe to write; empty: it stands there */
  table: Patch[]
}

/**
 * Finds or makes the place for addons: a partition that ends where the seed's begins, which comes after it. One of an
 * earlier attempt is used again: of a GPT by its name, in an MBR, which has none, by its place.
 * @param disk with its sector 0 (underMark)
 * @param size bytes of whole MiB
 * @throws Failure when the image's table, or the disk, cannot take it
 */
export async function placeAddons(disk: BlockDevice, shape: Shape, size: number): Promise<AddonsPlace> {
  const { sectorSize } = shape
  const found = await readGpt(disk, shape)
  const sector = await disk.read(0, sectorSize)
  const entries = found ? partitionsOf(found.gpt) : decodeMbr(sector)
  if (!entries) throw new Failure({ code: 'no-partition-table', slots: {} })
  const partitions = entries.map((each) => {
    const last = 'last' in each ? each.last : each.first + each.sectors - 1
    return { ...each, start: each.first * sectorSize, end: (last + 1) * sectorSize }
  })
  const diskSectors = Math.floor(shape.size / sectorSize)
  const end = found ? lastUsable(found.gpt, diskSectors) + 1 : mbrEnd(shape)
  const top = Math.floor((end * sectorSize) / MIB) * MIB - SEED_BYTES
  const start = top - size
  const ours = partitions.find((each) =>
    'name' in each
      ? each.name === ADDONS_LABEL && each.end - each.start >= size
      : each.type === 0x83 && each.start === start && each.end === top,
  )
  if (ours) return { number: ours.number, start: ours.start, size: ours.end - ours.start, table: [] }
  // what lies behind is a seed of an earlier attempt
  const used = Math.max(
    found ? found.gpt.firstUsable * sectorSize : MIB,
    ...partitions.filter((each) => each.start < top).map((each) => each.end),
  )
  if (start < used)
    throw new Failure({
      code: 'addons-do-not-fit',
      slots: { disk: shape.path, bytes: size, room: Math.max(0, top - used) },
    })
  const first = start / sectorSize
  if (!found) {
    const added = addMbrPartition(sector, first, size / sectorSize, 'linux')
    if (!added) throw new Failure({ code: 'partition-table-full', slots: { table: 'mbr' } })
    return { number: added.number, start, size, table: [{ offset: 0, bytes: added.sector }] }
  }
  const partition = { type: TYPE_LINUX, name: ADDONS_LABEL, guid: randomUUID(), first, last: top / sectorSize - 1 }
  const added = addPartition(found.gpt, partition)
  if (!added) throw new Failure({ code: 'partition-table-full', slots: { table: 'gpt' } })
  return { number: added.number, start, size, table: encodeGpt(added.gpt, diskSectors, sector, found.whole) }
}
