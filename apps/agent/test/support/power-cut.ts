import { openDisk } from '../../src/disk/block-device.ts'
import type { Machine } from '../../src/machine.ts'

/**
 * What a power cut leaves of the writes since the last sync, on a disk that keeps each sector whole: all, none, or of
 * the last one only the first half of its sectors. Handlers sync behind each write, so there are no other subsets.
 */
export type Left = 'all' | 'none' | 'half'
export const waysLeft: readonly Left[] = ['all', 'none', 'half']

export class PowerCut extends Error {}

/**
 * The machine with a disk that caches writes until they are synced, and whose power is cut after its nth write, before
 * the sync. `unsynced` tells afterwards how many writes the disk had not synced then; 0: the cut never came.
 */
export function cutAfter(machine: Machine, nth: number, left: Left): { machine: Machine; unsynced: () => number } {
  let writes = 0
  let unsynced = 0
  const open: Machine['openDisk'] = async (path, mode) => {
    const disk = await openDisk(path, mode)
    const cache: { offset: number; bytes: Uint8Array }[] = []
    const flush = async (kept: typeof cache) => {
      for (const { offset, bytes } of kept) await disk.write(offset, bytes)
      cache.length = 0
    }
    return {
      async read(offset, length) {
        if (cache.length > 0) throw new Error('this disk cannot read what it has not synced')
        return disk.read(offset, length)
      },
      async write(offset, bytes) {
        writes += 1
        cache.push({ offset, bytes: Buffer.from(bytes) })
        if (writes < nth) return
        unsynced = cache.length
        await flush(keptOf(cache, left))
        throw new PowerCut()
      },
      sync: () => flush([...cache]),
      [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
    }
  }
  return { machine: { ...machine, openDisk: open }, unsynced: () => unsynced }
}

function keptOf<W extends { bytes: Uint8Array }>(cache: W[], left: Left): W[] {
  if (left === 'all') return [...cache]
  if (left === 'none') return []
  return cache.map((write, index) =>
    index < cache.length - 1
      ? write
      : { ...write, bytes: write.bytes.subarray(0, Math.floor(write.bytes.length / 1024) * 512) },
  )
}
