import { dirname } from 'node:path'
import { bytes, ProblemError } from '@eims/contracts'
import { look, type Space } from '@eims/image'

/** What a medium has besides its image, and is made with; bytes. */
const BESIDE = 80_000_000

/**
 * Looks ahead whether a medium can be made.
 * @param pieces bytes that are still to be written of its images
 * @param folder where it is made
 * @throws ProblemError disk-full, with all that it takes
 */
export async function requireRoom(pieces: number, folder: string): Promise<void> {
  const needed = pieces + BESIDE
  const { free } = await look(folder)
  if (needed > free)
    throw new ProblemError(
      'disk-full',
      `making the medium takes ${bytes(needed)} in ${folder}; ${bytes(free)} are free there`,
    )
}

/** While an image is read, of which nobody knows how large it will be. */
export const spaceOf = (work: string): Space => ({
  async require(_folder, needed) {
    const { free } = await look(work)
    if (needed <= free) return
    throw new ProblemError(
      'disk-full',
      `making the medium takes about twice the packed image and ${bytes(BESIDE)} in ${dirname(work)}; ${bytes(free)} are left there`,
    )
  },
})
