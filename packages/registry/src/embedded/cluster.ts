import { execFile } from 'node:child_process'
import { chown, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError } from './failure.ts'

const run = promisify(execFile)

/**
 * Makes the database cluster, or checks the one that is there. initdb works in a folder of another name that is
 * renamed at the end, so a cluster is whole or not there.
 * @returns the directory with PG_VERSION in it
 */
export async function ensureCluster(
  dataDir: string,
  binaries: Binaries,
  account: Account | undefined,
): Promise<{ cluster: string; fresh: boolean }> {
  const cluster = join(dataDir, 'cluster')
  await removeUnfinished(dataDir)
  if (await stat(cluster).catch(() => null)) {
    await checkVersion(cluster, binaries)
    return { cluster, fresh: false }
  }
  const unfinished = join(dataDir, `cluster.unfinished-${process.pid}`)
  await mkdir(unfinished, { mode: 0o700 })
  if (account) await chown(unfinished, account.uid, account.gid)
  const options = [
    ['--pgdata', unfinished],
    ['--username', 'eims'],
    ['--encoding', 'UTF8'],
    // No locale of the operating system: sorting cannot change under the indexes when it is upgraded.
    ['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
    // Only a Unix socket is opened, in a directory that only we can enter.
    ['--auth-local', 'trust', '--auth-host', 'reject', '--no-instructions'],
  ].flat()
  try {
    await run(join(binaries.directory, 'initdb'), options, {
      ...account,
      cwd: unfinished,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    })
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true })
    const said = String((cause as { stderr?: string }).stderr ?? cause)
      .trim()
      .split('\n')
      .slice(-3)
      .join(' ')
    throw new EmbeddedPostgresError(`The database could not be made in ${dataDir}: ${said}`, { cause })
  }
  await rename(unfinished, cluster)
  return { cluster, fresh: true }
}

async function removeUnfinished(dataDir: string): Promise<void> {
  // An initdb whose eims was killed may still be writing into it: then removing takes more than one try.
  const left = (await readdir(dataDir)).filter((name) => /^(cluster|programs-.*)\.unfinished/.test(name))
  await Promise.all(left.map((name) => rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 })))
}

async function checkVersion(cluster: string, binaries: Binaries): Promise<void> {
  const text = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES')
      throw new EmbeddedPostgresError(
        `The database in ${cluster} belongs to another account. Start eims as the user who made it (root, most likely).`,
      )
    return ''
  })
  const major = Number.parseInt(text, 10)
  if (!Number.isInteger(major) || !(await stat(join(cluster, 'global/pg_control')).catch(() => null)))
    throw new EmbeddedPostgresError(
      `The directory ${cluster} is no whole PostgreSQL database (its files are damaged or missing). Restore it from a backup, or move it away to begin with an empty one.`,
    )
  if (major > binaries.major)
    throw new EmbeddedPostgresError(
      `The database in ${cluster} was made by PostgreSQL ${major}, this eims brings ${binaries.major}. Start the newer eims that made it, or choose another directory with --data.`,
    )
  if (major < binaries.major)
    throw new EmbeddedPostgresError(
      `The database in ${cluster} was made by PostgreSQL ${major}, this eims brings ${binaries.major}. Start the older eims, make a backup with it, and restore that here.`,
    )
}
