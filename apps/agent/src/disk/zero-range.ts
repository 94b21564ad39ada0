import type { BlockDevice } from './block-device.ts'

const STEP = 1024 * 1024
const zeros = Buffer.alloc(STEP)

/**
 * Makes [start, end) of the disk zero. Reads first and writes only where something stands: a new disk costs
 * no writes, an old one keeps no garbage.
 * @returns bytes that had to be written
 */
export async function zeroRange(
  disk: BlockDevice,
  start: number,
  end: number,
  options: { signal?: AbortSignal; onDone?: (bytes: number) => void } = {},
): Promise<number> {
  let written = 0
  for (let offset = start; offset < end; offset += STEP) {
    options.signal?.throwIfAborted()
    const length = Math.min(STEP, end - offset)
    const wanted = zeros.subarray(0, length)
    if (!wanted.equals(await disk.read(offset, length))) {
      await disk.write(offset, wanted)
      written += length
    }
    options.onDone?.(length)
  }
  return written
}

/** Whether all of [start, end) is zero. */
export async function isZero(disk: BlockDevice, start: number, end: number, signal: AbortSignal): Promise<boolean> {
  for (let offset = start; offset < end; offset += STEP) {
    signal.throwIfAborted()
    const length = Math.min(STEP, end - offset)
    if (!zeros.subarray(0, length).equals(await disk.read(offset, length))) return false
  }
  return true
}
