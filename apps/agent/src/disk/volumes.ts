import { type GptPartition, looksLikeGpt } from '@eims/contracts'
import { growsInGpt, partitionsOf } from './gpt.ts'
import { diskSignature } from './mbr.ts'
import { tableAt } from './read-gpt.ts'
import { saneMbr, withLogical } from './read-partitions.ts'
import { HEAD_BYTES, type Name, type Signature, signatureOf } from './signature.ts'

/** A disk, or the image of one. Reading stays within `size`. */
export interface Readable {
  size: number
  sectorSize: number
  read(offset: number, length: number): Promise<Buffer>
}

export interface Volume {
  /** bytes from the start of the disk; 0 without a table */
  start: number
  /** of the partition itself, by its table */
  names: Name[]
  signature: Signature | null
}

export interface Volumes {
  /** what the disk is called by its table */
  disk: Name[]
  /** where the signatures of the table stand, the primary last; empty without a table */
  table: [offset: number, length: number][]
  volumes: Volume[]
}

/** Everything on a disk that calls itself something by which an OS or a loader may look for it. */
export async function readVolumes(disk: Readable): Promise<Volumes> {
  const { sectorSize, size } = disk
  const first = await disk.read(0, sectorSize)
  const gpt = await tableAt(disk, await disk.read(sectorSize, sectorSize), disk)
  if (!('fault' in gpt)) {
    const partitions = partitionsOf(gpt).map((part) => ({ start: part.first * sectorSize, names: namesInTable(part) }))
    const last = (Math.floor(size / sectorSize) - 1) * sectorSize
    const backup = looksLikeGpt(await disk.read(last, sectorSize))
    return {
      disk: [{ kind: 'disk', value: gpt.diskGuid }],
      table: [...(backup ? [[last, 8] as [number, number]] : []), [sectorSize, 8]],
      volumes: await signed(disk, partitions),
    }
  }
  const signature = Buffer.from(diskSignature(first)).reverse().toString('hex')
  const primaries = saneMbr(first)
  // A file system on the whole disk has 55AA too. What it says where the entries would be counts for nothing.
  const whole = await signed(disk, [{ start: 0, names: [] }])
  if (!primaries || whole[0]?.signature) return { disk: [], table: [], volumes: whole }
  const partitions = await withLogical(disk, primaries)
  return {
    disk: /^0+$/.test(signature) ? [] : [{ kind: 'disk', value: signature }],
    table: [[510, 2]],
    volumes: await signed(
      disk,
      partitions.map(({ start }) => ({ start, names: [] })),
    ),
  }
}

/** What partitioning programs call any partition, so that no loader looks for it. */
const ANY_LABEL = /^(primary|linux|linux filesystem|linux-filesystem|)$/i

/** `root=PARTLABEL=` is for a partition of Linux; firmware and Windows have one name for all of theirs. */
function namesInTable(part: GptPartition): Name[] {
  const guid: Name = { kind: 'partition', value: part.guid }
  const isLooked = growsInGpt(part) && !ANY_LABEL.test(part.name.trim())
  return isLooked ? [guid, { kind: 'partition-label', value: part.name }] : [guid]
}

async function signed(disk: Readable, partitions: { start: number; names: Name[] }[]): Promise<Volume[]> {
  const volumes: Volume[] = []
  for (const { start, names } of partitions) {
    const length = Math.min(HEAD_BYTES, disk.size - start)
    const signature = length > 0 ? signatureOf(await disk.read(start, length)) : null
    volumes.push({ start, names, signature })
  }
  return volumes
}
