import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from '@eims/lab'

/** The folder of a demo: named after the process that made it, as its namespaces are. */
const folderOf = (parent: string, pid: number): string => join(parent, String(pid))

/** Which of the folder names in `parent` belong to demos that no longer live. Pure. */
export function deadDemos(names: string[], alive: (pid: number) => boolean): string[] {
  return names.filter((name) => /^\d+$/.test(name) && !alive(Number(name)))
}

/** Makes this demo's own folder. PostgreSQL's account must be able to enter, so: not below /root. */
export async function makeFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o755 })
  const own = folderOf(parent, process.pid)
  await rm(own, { recursive: true, force: true })
  await mkdir(own, { mode: 0o755 })
  return own
}

/** Removes the folders of demos that were killed. What still ran in one must have ended: making a LAN sees to that. */
export async function removeDeadDemos(parent: string): Promise<void> {
  for (const name of deadDemos(await readdir(parent), isAlive))
    await rm(join(parent, name), { recursive: true, force: true })
}
