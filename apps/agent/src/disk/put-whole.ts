import { hash } from 'node:crypto'
import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { give } from './in-root.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

/**
 * A file that is there as a whole or not at all, wherever the power goes. It takes the place of what is there, also of a link,
 * whose target stays as it is.
 * @param place in a folder of which no part is a link (in-root.ts)
 * @throws what node:fs does
 */
export function putWhole(place: string, contents: Buffer, owned: { uid: number; gid: number; mode: number }): void {
  const folder = dirname(place)
  // the same each time: what an attempt that was cut has left gives way
  const begun = join(folder, `.eims-${hash('sha256', basename(place)).slice(0, 32)}`)
  rmSync(begun, { force: true })
  try {
    const file = openSync(begun, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      writeFileSync(file, contents)
      give(begun, owned)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(begun, place)
  } catch (error) {
    rmSync(begun, { force: true })
    throw error
  }
  const opened = openSync(folder, O_RDONLY)
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
