import type { BlockDevice } from './block-device.ts'
import { pages } from './pages.ts'

const STEP = 1024 * 1024
const zeros = pages(STEP)

/**
 * Makes [start, end) of the disk zero. Reads first and writes only where something stands: a new disk costs
 * no writes, an old one keeps no garbage.
 * @param options.into memory of at least 1 MiB that may be read to
 * @returns bytes that had to be written
 */
export async function zeroRange(
  disk: BlockDevice,
  start: number,
  end: number,
  options: { signal?: AbortSignal; into?: Buffer } = {},
): Promise<number> {
  const { signal, into = pages(STEP) } = options
  let written = 0
  for (let offset = start; offset < end; offset += STEP) {
    signal?.throwIfAborted()
    const wanted = zeros.subarray(0, Math.min(STEP, end - offset))
    if (wanted.equals(await disk.read(offset, wanted.length, into))) continue
    await disk.write(offset, wanted)
    written += wanted.length
  }
  return written
}

/** The same without reading. */
export async function writeZeros(
  disk: BlockDevice,
  start: number,
  end: number,
  { signal }: { signal: AbortSignal },
): Promise<number> {
  for (let offset = start; offset < end; offset += STEP) {
    signal.throwIfAborted()
    await disk.write(offset, zeros.subarray(0, Math.min(STEP, end - offset)))
  }
  return end - start
}

/** Whether all of [start, end) is zero. @param into memory of at least 1 MiB that is read to */
export async function isZero(
  disk: BlockDevice,
  start: number,
  end: number,
  { signal, into }: { signal: AbortSignal; into: Buffer },
): Promise<boolean> {
  for (let offset = start; offset < end; offset += STEP) {
    signal.throwIfAborted()
    const length = Math.min(STEP, end - offset)
    if (!zeros.subarray(0, length).equals(await disk.read(offset, length, into))) return false
  }
  return true
}
