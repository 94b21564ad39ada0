import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '@eims/lab'

/** What the unit files that run at once have there is 2 to 3 GiB at most, copies of disks above all; and they run beside it. */
const ENOUGH_BYTES = 6 * 2 ** 30

const OURS = /^eims-tests-(\d+)$/

/**
 * A folder (TMPDIR) for what unit tests make and throw away: a file system in memory where there is enough of it. Most of it is
 * clusters of PostgreSQL, a thousand files each, all synced; and before ext4 without a journal makes a file, it looks at every
 * inode that was freed within the last minute. Needs root.
 * @param parent where the folder comes to lie, and what is returned when there is too little memory
 * @returns the folder, in which everybody may write; it goes when this process ends, or when the next one asks for its own
 */
export function scratchFolder(parent: string = tmpdir(), enoughBytes: number = ENOUGH_BYTES): string {
  for (const name of readdirSync(parent)) {
    const maker = OURS.exec(name)?.[1]
    if (maker !== undefined && !isAlive(Number(maker))) remove(join(parent, name))
  }
  if (process.availableMemory() < enoughBytes) return parent
  const folder = join(parent, `eims-tests-${process.pid}`)
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=1777', 'eims-tests', folder])
  process.once('exit', () => remove(folder))
  return folder
}

/** Also when something in it is still in use. */
function remove(folder: string): void {
  spawnSync('umount', ['--lazy', folder])
  rmSync(folder, { recursive: true, force: true })
}
