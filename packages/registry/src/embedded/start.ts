import { chmod, mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { postgresAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { lockDirectory } from './directory-lock.ts'
import { EmbeddedPostgresError } from './failure.ts'
import { type Postmaster, startPostmaster } from './postmaster.ts'
import { stopOrphans } from './processes.ts'
import { makeSocketDirectory } from './socket-directory.ts'

const DATABASE = 'eims'

export interface EmbeddedPostgres extends AsyncDisposable {
  /** for openRegistry and migrate; it has no password, its socket's directory is the guard */
  url: string
  /** of the postmaster that was started last */
  readonly pid: number
  /** resolves with a sentence when that one ends though nobody called stop() */
  readonly ended: Promise<string>
  /**
   * After it ended: starts another on the same data, under the same url.
   * @throws EmbeddedPostgresError when it does not come to take connections; it can be called again then
   */
  startAgain(): Promise<void>
  /** fast shutdown: transactions under way are rolled back, what was committed stays */
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL on a directory of ours, making it at the first start, and recovers what a killed eims left.
 * @param options.dataDir made when missing; holds cluster/, socket/, lock, postgres.log
 * @throws EmbeddedPostgresError with one sentence that names the directory and the remedy
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string
  log?: (line: string) => void
}): Promise<EmbeddedPostgres> {
  const { log = () => {} } = options
  const dataDir = resolve(options.dataDir)
  await makeDataDirectory(dataDir)
  const lock = await lockDirectory(dataDir)
  try {
    const account = await postgresAccount()
    const binaries = await findBinaries(dataDir, account)
    const { cluster, fresh } = await ensureCluster(dataDir, binaries, account)
    if (fresh) log(`database: made a new PostgreSQL ${binaries.major} database in ${cluster}`)
    else await stopOrphans(cluster, log)
    const socket = await makeSocketDirectory(dataDir, account)
    const logFile = join(dataDir, 'postgres.log')
    const url = (name: string) =>
      `postgresql://eims@localhost/${name}?host=${encodeURIComponent(socket.path)}&port=5432`
    let stopping: Promise<void> | undefined
    let stopStarting = async () => {}
    const start = () => {
      const place = { binaries, account, cluster, socketDirectory: socket.path, logFile, url, database: DATABASE }
      return startPostmaster({
        ...place,
        onSpawn: (stop) => {
          stopStarting = stop
        },
      }).finally(() => {
        stopStarting = async () => {}
      })
    }
    const watched = (postmaster: Postmaster) => ({
      postmaster,
      ended: postmaster.ended.then((how) =>
        stopping ? new Promise<string>(() => {}) : `PostgreSQL ended ${how}; see ${logFile}`,
      ),
    })
    let current = watched(
      await start().catch(async (error: unknown) => {
        await socket.remove()
        throw error
      }),
    )
    let starting: Promise<void> | undefined
    const stop = () => {
      stopping ??= (async () => {
        await stopStarting()
        await starting?.catch(() => {})
        await current.postmaster.stop()
        await socket.remove()
        await lock.release()
      })()
      return stopping
    }
    return {
      url: url(DATABASE),
      get pid() {
        return current.postmaster.pid
      },
      get ended() {
        return current.ended
      },
      startAgain() {
        starting = (async () => {
          await stopOrphans(cluster, log)
          await socket.empty()
          if (stopping) throw new EmbeddedPostgresError('PostgreSQL is not started again: eims stops.')
          current = watched(await start())
        })()
        return starting
      },
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** Others may pass through (the account must reach its cluster) but see nothing: every folder inside has its own mode. */
async function makeDataDirectory(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true })
    const { mode } = await stat(dataDir)
    if (process.getuid?.() === 0 && (mode & 0o001) === 0) await chmod(dataDir, (mode & 0o777) | 0o011)
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The data directory ${dataDir} cannot be made: ${(cause as Error).message}. Choose another one with --data.`,
      { cause },
    )
  }
}
