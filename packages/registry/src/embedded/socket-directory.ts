import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from './account.ts'

const SOCKET_NAME = '.s.PGSQL.5432'
/** sun_path of unix(7) holds 108 bytes with its NUL. */
const LONGEST_PATH = 107

interface SocketDirectory {
  path: string
  /** takes away what a killed PostgreSQL left there */
  empty(): Promise<void>
  remove(): Promise<void>
}

/**
 * The folder of PostgreSQL's Unix socket, open to nobody but its account (and root): whoever can enter it is let in
 * without a password. In the data directory, or under /tmp when that path would be too long for a socket.
 * @throws when /tmp is needed and takes no folder
 */
export async function makeSocketDirectory(dataDir: string, account: Account | undefined): Promise<SocketDirectory> {
  const near = join(dataDir, 'socket')
  const fits = Buffer.byteLength(join(near, SOCKET_NAME)) <= LONGEST_PATH
  // Nobody serves here any more (stopOrphans). PostgreSQL would take the lock file of a killed one for a living
  // one's where its process stays a zombie, as in a container whose first process does not reap.
  await rm(near, { recursive: true, force: true })
  const path = fits ? near : await temporaryFolder(dataDir)
  await mkdir(path, { recursive: true })
  await chmod(path, 0o700)
  if (account) await chown(path, account.uid, account.gid)
  return {
    path,
    async empty() {
      for (const name of await readdir(path)) await rm(join(path, name), { force: true })
    },
    remove: async () => {
      await rm(path, { recursive: true, force: true })
    },
  }
}

async function temporaryFolder(dataDir: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'eims-pg-'))
  } catch (error) {
    throw new Error(
      `${tmpdir()} takes no folder for the database's socket (${(error as NodeJS.ErrnoException).code}), and the path of the data directory ${dataDir} is too long for it. Free room there, or choose a shorter one with --data.`,
      { cause: error },
    )
  }
}
