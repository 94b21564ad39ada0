import { looksLikeGpt, readGptHeader } from '@eims/contracts'
import { Failure } from '../failure.ts'
import type { BlockDevice } from './block-device.ts'
import { decodeGpt, entriesExtent, type Gpt, type GptFault, isProtective } from './gpt.ts'

/** A disk as its table is read: its name in sentences, and sizes in bytes. */
export interface Shape {
  path: string
  size: number
  sectorSize: number
}

/** UEFI 2.10 section 5.3.2: the primary entries begin here unless their header says otherwise. */
const FIRST_ENTRIES = 2

/**
 * The GPT of a disk and which copy of it was whole: the primary, else the backup at the end of the disk, which the seed
 * writes before it touches the primary. An earlier installation may have left a table at the end of a disk, too: the
 * backup counts only if disk GUID or entries say that it belongs to the damaged primary.
 * @returns null when the disk has none
 * @throws Failure gpt-damaged when both are, sector-size when the table is for other sectors
 */
export async function readGpt(
  disk: BlockDevice,
  shape: Shape,
): Promise<{ gpt: Gpt; whole: 'primary' | 'backup' } | null> {
  const { path, size, sectorSize } = shape
  const header = await disk.read(sectorSize, sectorSize)
  const primary = await tableAt(disk, header, shape)
  if (!('fault' in primary)) return { gpt: primary, whole: 'primary' }
  if (primary.fault === 'no-header') {
    const other = sectorSize === 512 ? 4096 : 512
    if (looksLikeGpt(await disk.read(other, 512)))
      throw new Failure({ code: 'sector-size', slots: { image: other, disk: path, sectorSize } })
    if (!isProtective(await disk.read(0, sectorSize))) return null
  }

  const last = Math.floor(size / sectorSize) - 1
  const backupHeader = await disk.read(last * sectorSize, sectorSize)
  const backup = await tableAt(disk, backupHeader, shape)
  if ('fault' in backup)
    throw new Failure({ code: 'gpt-damaged', slots: { disk: path, fault: primary.fault, backup: backup.fault } })
  const gpt = { ...backup, entriesLba: placeOfEntries(header, backup) }
  const entries = await disk.read(gpt.entriesLba * sectorSize, gpt.entries.length)
  if (!diskGuid(header).equals(diskGuid(backupHeader)) && !entries.equals(gpt.entries))
    throw new Failure({ code: 'gpt-damaged', slots: { disk: path, fault: primary.fault, backup: 'of-another-table' } })
  return { gpt, whole: 'backup' }
}

/** What the damaged primary header says, where that can be: an image may keep a boot loader between header and entries. */
function placeOfEntries(header: Buffer, { entries, firstUsable, sectorSize }: Gpt): number {
  const said = Number(header.readBigUInt64LE(72))
  return said > FIRST_ENTRIES && said + Math.ceil(entries.length / sectorSize) <= firstUsable ? said : FIRST_ENTRIES
}

const diskGuid = (header: Buffer) => header.subarray(56, 72)

/** The table that a sector is the header of. Reads nothing behind the disk's end. */
export async function tableAt(
  disk: Pick<BlockDevice, 'read'>,
  header: Buffer,
  { size, sectorSize }: Pick<Shape, 'size' | 'sectorSize'>,
): Promise<Gpt | GptFault> {
  const read = readGptHeader(header)
  if (!read) return { fault: 'no-header' }
  const { offset, length } = entriesExtent(read, sectorSize)
  if (offset + length > size) return { fault: 'beyond-disk' }
  return decodeGpt(header, await disk.read(offset, length), sectorSize)
}
