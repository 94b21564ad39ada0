import { statfs } from 'node:fs/promises'
import { bytes as figure, keptFree, ProblemError } from '@eims/contracts'

/** What is looked at ahead of an image's next part; bytes. */
export const STRIDE = 64 * 1024 * 1024

/** Where images are written, and what they must leave free there: the registry lives on the same disk as a rule. */
export interface Space {
  /** Throws `disk-full` unless `bytes` more can be written below `folder` and what is kept free stays free. */
  require(folder: string, bytes: number, what: string): Promise<void>
}

/** Bytes of the file system that holds a folder. */
export type Look = (folder: string) => Promise<{ free: number; size: number }>

export const look: Look = async (folder) => {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { free: bavail * bsize, size: blocks * bsize }
}

/** @param keepFree bytes; null: as `keptFree` says */
export function spaceBeside(keepFree: number | null, at: Look = look): Space {
  return {
    async require(folder, bytes, what) {
      const { free, size } = await at(folder)
      const kept = keptFree(size, keepFree)
      if (bytes <= free - kept) return
      throw new ProblemError(
        'disk-full',
        `${what} needs ${figure(bytes)} in ${folder}; ${figure(free)} are free there, of which ${figure(kept)} are kept for the registry`,
      )
    },
  }
}
