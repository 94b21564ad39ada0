import { guidToBytes, TYPE_ESP } from '@eims/contracts'
import type { BlockDevice } from '../disk/block-device.ts'
import { partitionsOf } from '../disk/gpt.ts'
import { decodeMbr, diskSignature } from '../disk/mbr.ts'
import { readGpt, type Shape } from '../disk/read-gpt.ts'
import type { BootPartition } from './boot-option.ts'

const TYPE_ESP_MBR = 0xef

/**
 * The disk's EFI system partition, or null when it has none (a BIOS-only image).
 * @throws Failure as readGpt does
 */
export async function findBootPartition(disk: BlockDevice, shape: Shape): Promise<BootPartition | null> {
  const found = await readGpt(disk, shape)
  if (!found) {
    const first = await disk.read(0, shape.sectorSize)
    const partition = decodeMbr(first)?.find(({ type }) => type === TYPE_ESP_MBR)
    return partition ? { ...partition, table: 'mbr', signature: diskSignature(first) } : null
  }
  const partition = partitionsOf(found.gpt).find(({ type }) => type === TYPE_ESP)
  if (!partition) return null
  const { number, first: start, last, guid } = partition
  return { number, first: start, sectors: last - start + 1, table: 'gpt', signature: guidToBytes(guid) }
}
