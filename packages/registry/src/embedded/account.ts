import { execFile, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedPostgresError } from './failure.ts'

const run = promisify(execFile)

/** Whose processes PostgreSQL's are. */
export interface Account {
  uid: number
  gid: number
}

/**
 * PostgreSQL refuses to run as root, so root's embedded one runs as the account `postgres`, made when missing.
 * @returns undefined when we are not root: then it runs as ourselves
 */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const existing = await lookUp()
  if (existing) return existing
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'PostgreSQL cannot run as root, and the account "postgres" could not be made. Make it with: useradd --system postgres',
      { cause },
    )
  }
  const made = await lookUp()
  if (!made)
    throw new EmbeddedPostgresError('The account "postgres" was made, but is not in the system\'s list of users.')
  return made
}

async function lookUp(): Promise<Account | undefined> {
  const { stdout } = await run('getent', ['passwd', 'postgres']).catch(() => ({ stdout: '' }))
  const [, , uid, gid] = stdout.split(':')
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

/**
 * The account must be able to walk down to the directory: no message of PostgreSQL would say which step is shut.
 * Asked of the system and not of the mode: an access control list may let it in.
 * @throws EmbeddedPostgresError that names the folder
 */
export function refuseUnreachable(directory: string, account: Account | undefined): void {
  if (!account) return
  const shut = [directory, ...foldersAbove(directory)].reverse().find((folder) => !mayEnter(folder, account))
  if (shut)
    throw new EmbeddedPostgresError(
      `PostgreSQL runs as the account "postgres", which may not enter ${shut}. Choose a directory outside of it with --data (/var/lib/eims, say), or allow it with: chmod o+x ${shut}`,
    )
}

const foldersAbove = (directory: string): string[] => {
  const above = dirname(directory)
  return above === directory ? [] : [above, ...foldersAbove(above)]
}

const mayEnter = (folder: string, account: Account) =>
  spawnSync('/usr/bin/test', ['-x', folder], { ...account, cwd: '/', timeout: 30_000 }).status === 0
