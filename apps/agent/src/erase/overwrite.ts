import type { Context } from '../actions/handler.ts'
import type { Claimed } from '../disk/claim.ts'
import { pages } from '../disk/pages.ts'
import { isZero, writeZeros, zeroRange } from '../disk/zero-range.ts'

const MIB = 1024 * 1024
/** A stretch that begins with zeros is read before it is written: an attempt behind another one goes on where that was. */
const STRETCH = 64 * MIB

/**
 * Makes all of a disk zero, but for the run's mark. Stops at a whole MiB when it is told to.
 * @returns bytes that had to be written
 */
export async function overwrite(
  { disk, target }: Claimed,
  { signal, progress }: Pick<Context, 'signal' | 'progress'>,
): Promise<number> {
  const into = pages(MIB)
  let written = 0
  for (let start = 0; start < target.size; start += STRETCH) {
    const end = Math.min(start + STRETCH, target.size)
    const zeroed = await isZero(disk, start, Math.min(start + MIB, end), { signal, into })
    if (zeroed) written += await zeroRange(disk, start, end, { signal, into })
    else written += await writeZeros(disk, start, end, { signal })
    await disk.sync()
    progress(end / target.size)
  }
  return written
}
