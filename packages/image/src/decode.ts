import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Packing } from './format.ts'
import type { Hole } from './frames.ts'
import { output, type ProgramOf } from './program.ts'
import { flattenQcow2, measureQcow2, QCOW2_HEADER_BYTES, readExtents, readQcow2Header } from './qcow2.ts'
import { readAll, readHead, type SourceFile } from './source.ts'
import type { Space } from './space.ts'

interface DecodeOptions {
  /** an existing folder for a qcow2's raw form; the caller empties it */
  tempDir: string
  maxRawSize: number
  space: Space
  signal?: AbortSignal | undefined
  programOf?: ProgramOf | undefined
  /** of what is done before the first byte comes; 0 to 1 */
  onProgress: (progress: number) => void
}

const RAW_FORM = 'the qcow2 image’s raw form'

/** How far a decoder has come, 0 to 1. */
type Fraction = () => number

/**
 * The programs and not Node's zlib: its zstd decoder ends silently after the first of several frames, as a stream
 * too, and its gunzip ignores a damaged member behind the first. These end with an error for whatever they do not
 * understand (gzip with 2 for trailing garbage). One thread for xz: the threaded decoder of 5.4 has CVE-2025-31115.
 */
const programs: Record<'gz' | 'xz' | 'zst', [string, ...string[]]> = {
  gz: ['gzip', '-dc'],
  xz: ['xz', '-dc', '--format=xz', '-T1', '--memlimit-decompress=1GiB'],
  zst: ['zstd', '-dcq'],
}

/**
 * The raw bytes of a disk, out of the file that holds it.
 *
 * @returns the bytes in pieces of any size, stretches of zeros that need no reading among them, and how far they are read
 * @throws ProblemError `image-unreadable` (also while iterating) or `disk-full`; the reason of `signal`
 */
export async function decode(
  source: SourceFile,
  format: Packing,
  options: DecodeOptions,
): Promise<{ bytes: AsyncGenerator<Buffer | Hole, void>; fraction: Fraction }> {
  if (format === 'raw') return counted(readAll(source.file, options.signal), source.size)
  if (format === 'qcow2') return qcow2(source, options)
  const [command, ...args] = programs[format]
  const stdin = source.file.fd
  return {
    bytes: output(command, args, { stdin, signal: options.signal, programOf: options.programOf }),
    fraction: () => position(stdin) / source.size,
  }
}

async function qcow2(source: SourceFile, decodeOptions: DecodeOptions) {
  const { tempDir, maxRawSize, space, signal, programOf, onProgress } = decodeOptions
  const options = { stdin: source.file.fd, signal, programOf }
  const header = readQcow2Header(await readHead(source, QCOW2_HEADER_BYTES), maxRawSize)
  const extents = await measureQcow2(source.file, source.size, header, options)
  const data = extents.reduce((sum, { length }) => sum + length, 0)
  await space.require(tempDir, data, RAW_FORM)
  const target = join(tempDir, 'flattened.raw')
  await flattenQcow2(target, options, async (progress) => {
    // Others may fill the disk meanwhile, and qemu-img would go on to its very end.
    await space.require(tempDir, 0, RAW_FORM)
    onProgress(progress)
  })
  const bytes = async function* () {
    await using file = await open(target)
    yield* readExtents(file, extents, header.virtualSize, signal)
  }
  return counted(bytes(), header.virtualSize)
}

function counted(bytes: AsyncGenerator<Buffer | Hole, void>, size: number) {
  let done = 0
  const counting = async function* () {
    for await (const chunk of bytes) {
      done += Buffer.isBuffer(chunk) ? chunk.length : chunk.hole
      yield chunk
    }
  }
  return { bytes: counting(), fraction: () => done / size }
}

/** A program that inherits an open file shares our position in it, so the kernel knows how much it has read. */
function position(fd: number): number {
  return Number(/^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? 0)
}
