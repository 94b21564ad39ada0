import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { keptFree } from '@eims/contracts'
import { type Check, fail, ok, warn } from './check.ts'

const GB = 1e9
const gigabytes = (bytes: number) => `${(bytes / GB).toFixed(1)} GB`

/** Bytes of the file system where a folder is or will be made, and those of it that are free for us. */
export function spaceAt(folder: string): { free: number; size: number } {
  let there = folder
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  const { bavail, blocks, bsize } = statfsSync(there)
  return { free: bavail * bsize, size: blocks * bsize }
}

/** bytes that must be there for the next part of an image; apps/server/src/space.ts */
const STRIDE = 64 * 1024 * 1024

/**
 * Whether an image can be added: the server refuses one when that would leave less free than is kept for the registry.
 * Pure.
 * @param keepFree bytes, as the service is given them; null: as it takes them by itself
 */
export function judgeDataSpace(
  folder: string,
  { free, size }: { free: number; size: number },
  keepFree: number | null,
): Check {
  const kept = keptFree(size, keepFree)
  const check = judgeSpace('the data', folder, free, kept + STRIDE)
  if (check.result === 'ok') return check
  return { ...check, says: `${check.says} Images leave ${gigabytes(kept)} of it to the registry.` }
}

/** Images are kept as compressed chunks, and converted one at a time below the data directory. Pure. */
export function judgeSpace(what: string, folder: string, free: number, least: number): Check {
  const title = `disk space for ${what}`
  const says = `${gigabytes(free)} are free in ${folder}.`
  const remedy = `Make room there, or choose a larger disk${what === 'the cache' ? ' with EIMS_CACHE' : ' with --data DIR'}.`
  if (free < least) return fail(title, says, remedy)
  if (free < 10 * least) return warn(title, says, remedy)
  return ok(title, says)
}

/** Bytes of memory that programs can have, as /proc/meminfo says; null when it does not. Pure. */
export function availableMemory(meminfo: string): number | null {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}

/** @param available bytes, or null when it is not known. Pure. */
export function judgeMemory(available: number | null): Check {
  if (available === null) return ok('memory', 'How much memory is free is not known.')
  const says = `${gigabytes(available)} of memory are available.`
  const remedy = 'End other programs, or add memory: images are served from it.'
  if (available < 0.25 * GB) return fail('memory', says, remedy)
  if (available < GB) return warn('memory', says, remedy)
  return ok('memory', says)
}

export const readMemory = (): number | null => availableMemory(readFileSync('/proc/meminfo', 'utf8'))
