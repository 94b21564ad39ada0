import type { FileHandle } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { ProblemError } from '@eims/contracts'
import { z } from 'zod'
import type { Hole } from './frames.ts'
import { output, type ProgramOptions } from './program.ts'
import { readAll } from './source.ts'

/** the part of the header that says where everything is (QEMU, docs/interop/qcow2.txt) */
export const QCOW2_HEADER_BYTES = 104
/** the largest L1 table that QEMU itself accepts */
const L1_BYTES = 32 * 1024 * 1024
/** QEMU's name for its own standard input: no file name can be taken for a protocol or an option */
const STDIN = '/proc/self/fd/0'

interface Qcow2Header {
  virtualSize: number
  clusterSize: number
  l1Offset: number
  l1Entries: number
}

/**
 * Reads a qcow2 header without any tool having opened the file: an image that names a backing or data file would
 * make `qemu-img` (`info` included) open that file of this server.
 *
 * @throws ProblemError `image-unreadable`, with the remedy where there is one
 */
export function readQcow2Header(head: Buffer, maxSize: number): Qcow2Header {
  if (head.length < QCOW2_HEADER_BYTES) refuse('ends within its header')
  const version = head.readUInt32BE(4)
  if (version !== 2 && version !== 3) refuse(`has version ${version}, and 2 and 3 are known`)
  if (head.readBigUInt64BE(8) !== 0n)
    refuse('needs a backing file: flatten it with `qemu-img convert -O qcow2 OLD NEW`')
  if (head.readUInt32BE(32) !== 0) refuse('is encrypted: decrypt it with `qemu-img convert`')
  const incompatible = version === 3 ? head.readBigUInt64BE(72) : 0n
  if (incompatible & 2n) refuse('is marked as corrupt: repair it with `qemu-img check -r all`')
  if (incompatible & 4n) refuse('keeps its data in another file: flatten it with `qemu-img convert -O qcow2 OLD NEW`')
  const clusterBits = head.readUInt32BE(20)
  if (clusterBits < 9 || clusterBits > 21) refuse(`has clusters of 2^${clusterBits} bytes, and 2^9 to 2^21 are known`)
  const virtualSize = head.readBigUInt64BE(24)
  if (virtualSize === 0n) refuse('is 0 bytes large')
  if (virtualSize > BigInt(maxSize))
    throw new ProblemError('image-unreadable', {
      code: 'image-disk-too-large',
      slots: { bytes: Number(virtualSize), limit: maxSize },
    })
  const l1Entries = head.readUInt32BE(36)
  if (l1Entries * 8 > L1_BYTES) refuse(`has an L1 table of ${l1Entries} entries`)
  const l1Offset = head.readBigUInt64BE(40)
  if (l1Offset > BigInt(Number.MAX_SAFE_INTEGER)) refuse('has its L1 table beyond any file')
  return { virtualSize: Number(virtualSize), clusterSize: 2 ** clusterBits, l1Offset: Number(l1Offset), l1Entries }
}

/**
 * One line of `qemu-img map --output=json`: [offset, offset + length) of the disk, and where it lies in the file. Data that
 * is compressed has no place that could be told, and then the key is missing: that is not the place 0.
 */
const Extent = z.object({
  start: z.number().int().nonnegative(),
  length: z.number().int().positive(),
  data: z.boolean(),
  offset: z.number().int().nonnegative().optional(),
})

/** Data of a disk, in bytes; between them are zeros. */
interface DataExtent {
  start: number
  length: number
}

/**
 * Makes sure that a qcow2 file is complete, and tells where its disk has data, in order. QEMU reads zeros behind the end of a
 * file, so a truncated one would become a disk with holes and no error: L1, L2 and plain data must lie within it.
 * (Compressed data that is cut off does not decompress, which QEMU reports.)
 */
export async function measureQcow2(
  file: FileHandle,
  fileSize: number,
  header: Qcow2Header,
  options: ProgramOptions,
): Promise<DataExtent[]> {
  const l1 = Buffer.alloc(header.l1Entries * 8)
  if (header.l1Offset + l1.length > fileSize) refuse('is cut off: its first table is not in the file')
  await file.read(l1, 0, l1.length, header.l1Offset)
  for (let at = 0; at < l1.length; at += 8) {
    const l2Offset = Number(l1.readBigUInt64BE(at) & 0x00ff_ffff_ffff_fe00n)
    if (l2Offset + header.clusterSize > fileSize && l2Offset !== 0) refuse('is cut off: a table is not in the file')
  }
  const extents: DataExtent[] = []
  const map = output('qemu-img', ['map', '--output=json', '-f', 'qcow2', STDIN], options)
  const lines = createInterface({ input: Readable.from(map), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    const extent = extentOf(line)
    if (!extent?.data) continue
    const { start, length, offset } = extent
    if (offset !== undefined && offset + length > fileSize) refuse('is cut off: data is not in the file')
    const last = extents.at(-1)
    if (last && last.start + last.length === start) last.length += length
    else extents.push({ start, length })
  }
  return extents
}

/** Writes the disk inside a qcow2 file to a new sparse file. */
export async function flattenQcow2(
  target: string,
  options: ProgramOptions,
  onProgress: (progress: number) => Promise<void>,
): Promise<void> {
  const args = ['convert', '-p', '-f', 'qcow2', '-O', 'raw', STDIN, target]
  // `    (12.50/100%)\r`, again and again
  for await (const words of output('qemu-img', args, options)) {
    const percent = /\((\d+\.\d+)\/100%\)\s*$/.exec(words.toString('latin1'))?.[1]
    if (percent !== undefined) await onProgress(Number(percent) / 100)
  }
}

function extentOf(line: string): z.infer<typeof Extent> | null {
  const json = line.replace(/^\[/, '').replace(/[\],]+$/, '')
  if (json.trim() === '') return null
  return Extent.parse(JSON.parse(json))
}

/** The disk that `flattenQcow2` wrote: its data is read, the holes between are passed on as such. */
export async function* readExtents(
  file: FileHandle,
  extents: readonly DataExtent[],
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer | Hole, void> {
  let end = 0
  for (const { start, length } of extents) {
    if (start > end) yield { hole: start - end }
    end = start + length
    yield* readAll(file, signal, start, end)
  }
  if (size > end) yield { hole: size - end }
}

function refuse(what: string): never {
  throw new ProblemError('image-unreadable', `the qcow2 image ${what}`)
}
