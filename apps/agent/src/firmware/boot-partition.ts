import type { BlockDevice } from '../disk/block-device.ts'
import { decodeGpt, entriesExtent, looksLikeGpt, partitionsOf, TYPE_ESP } from '../disk/gpt.ts'
import { guidToBytes } from '../disk/guid.ts'
import { decodeMbr, diskSignature } from '../disk/mbr.ts'
import { Failure } from '../failure.ts'
import type { BootPartition } from './boot-option.ts'

const TYPE_ESP_MBR = 0xef

/**
 * The disk's EFI system partition, or null when it has none (a BIOS-only image).
 * @throws Failure gpt-damaged
 */
export async function findBootPartition(
  disk: BlockDevice,
  { path, sectorSize }: { path: string; sectorSize: number },
): Promise<BootPartition | null> {
  const [first, second] = [await disk.read(0, sectorSize), await disk.read(sectorSize, sectorSize)]
  if (!looksLikeGpt(second)) {
    const partition = decodeMbr(first)?.find(({ type }) => type === TYPE_ESP_MBR)
    return partition ? { ...partition, table: 'mbr', signature: diskSignature(first) } : null
  }
  const { offset, length } = entriesExtent(second, sectorSize)
  const gpt = decodeGpt(second, await disk.read(offset, length), sectorSize)
  if ('fault' in gpt) throw new Failure({ code: 'gpt-damaged', slots: { disk: path, fault: gpt.fault } })
  const partition = partitionsOf(gpt).find(({ type }) => type === TYPE_ESP)
  if (!partition) return null
  const { number, first: start, last, guid } = partition
  return { number, first: start, sectors: last - start + 1, table: 'gpt', signature: guidToBytes(guid) }
}
