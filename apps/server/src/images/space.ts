import { statfs } from 'node:fs/promises'
import { ProblemError } from '@eims/contracts'

/** Tells the free bytes of the file system that holds a folder. */
export type FreeSpace = (folder: string) => Promise<number>

export const freeSpace: FreeSpace = async (folder) => {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** stays free, because the database lives on the same disk as a rule */
const KEEP_FREE = 512 * 1024 * 1024

/** Throws `disk-full` unless `bytes` more can be written below `folder` without touching the reserve. */
export async function requireSpace(free: FreeSpace, folder: string, bytes: number, what: string): Promise<void> {
  const available = (await free(folder)) - KEEP_FREE
  if (bytes <= available) return
  throw new ProblemError(
    'disk-full',
    `${what} needs ${megabytes(bytes)} in ${folder}, and ${megabytes(Math.max(0, available))} may be used there`,
  )
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`
