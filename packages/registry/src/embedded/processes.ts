import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './failure.ts'

/**
 * Clears the way for a new postmaster. We hold the directory's lock, so whatever still runs in it is left over
 * from an eims that was killed: its postmaster is shut down in order, backends without one are waited for.
 * @param cluster the directory with PG_VERSION in it
 */
export async function stopOrphans(cluster: string, log: (line: string) => void): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid')
  const noted = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0])
  const running = await processesIn(cluster)
  if (running.length === 0) {
    // The number now belongs to a stranger: PostgreSQL would take it for its own postmaster and refuse to start.
    // Nobody works in the directory, so the file protects nothing. That of a dead process PostgreSQL removes itself.
    if (noted > 0 && isAlive(noted)) await rm(pidFile, { force: true })
    return
  }
  const postmaster = running.find((pid) => pid === noted)
  log(
    postmaster
      ? `database: stopping the PostgreSQL (process ${postmaster}) that an eims left behind`
      : `database: waiting for ${running.length} processes of a PostgreSQL that was killed`,
  )
  if (postmaster) signal(postmaster, 'SIGINT')
  if (await noneLeft(cluster, postmaster ? 30_000 : 5_000)) return
  // A stopped process hears nothing but SIGKILL. What it leaves is recovered like that of a power cut.
  for (const last of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const pid of await processesIn(cluster)) signal(pid, last)
    if (await noneLeft(cluster, 10_000)) return
  }
  throw new EmbeddedPostgresError(
    `A PostgreSQL (processes ${(await processesIn(cluster)).join(', ')}) still runs in ${cluster} and does not stop. End it, then start again.`,
  )
}

async function noneLeft(cluster: string, milliseconds: number): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await sleep(50))
    if ((await processesIn(cluster)).length === 0) return true
  return false
}

/** Every PostgreSQL process, postmaster and backends alike, changes into its data directory and stays there. */
export async function processesIn(cluster: string): Promise<number[]> {
  const directory = await realpath(cluster)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const inside = await Promise.all(
    pids.map(async (pid) => {
      const [cwd, exe] = await Promise.all([readlink(`/proc/${pid}/cwd`), readlink(`/proc/${pid}/exe`)]).catch(() => [])
      return cwd === directory && exe !== undefined && basename(exe.replace(/ \(deleted\)$/, '')) === 'postgres'
    }),
  )
  return pids.filter((_, index) => inside[index]).map(Number)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // gone already
  }
}
