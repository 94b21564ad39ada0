import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { postgresAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { lockDirectory } from './directory-lock.ts'
import { EmbeddedPostgresError } from './failure.ts'
import { stopOrphans } from './processes.ts'
import { openServerLog, untilItAnswers } from './readiness.ts'
import { makeSocketDirectory } from './socket-directory.ts'

const DATABASE = 'eims'

/** Given on the command line, not in postgresql.conf: they belong to this version of eims, not to the data. */
const settings: Record<string, string> = {
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '60',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  huge_pages: 'off',
  // Containers give /dev/shm 64 MB; without parallel workers nothing is put there.
  max_parallel_workers_per_gather: '0',
  max_wal_senders: '0',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A failing statement's text and the values in its detail stay out of the log.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** for openRegistry and migrate; it has no password, its socket's directory is the guard */
  url: string
  /** of the postmaster */
  pid: number
  /** resolves with a sentence when PostgreSQL ends though nobody called stop() */
  ended: Promise<string>
  /** fast shutdown: transactions under way are rolled back, what was committed stays */
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL on a directory of ours, making it at the first start, and recovers what a killed eims left.
 * It is a session of its own, so Ctrl-C in our terminal reaches it only through stop().
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
    const serverLog = await openServerLog(join(dataDir, 'postgres.log'))
    const args = Object.entries({ ...settings, unix_socket_directories: socket.path })
    const postmaster = spawn(
      join(binaries.directory, 'postgres'),
      ['-D', cluster, ...args.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        ...account,
        cwd: cluster,
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
        detached: true,
        stdio: ['ignore', serverLog.handle.fd, serverLog.handle.fd],
      },
    )
    const exited = once(postmaster, 'exit').then(([code, signal]) => `${signal ? `by ${signal}` : `with code ${code}`}`)
    await once(postmaster, 'spawn').finally(() => serverLog.handle.close())
    const url = (name: string) =>
      `postgresql://eims@localhost/${name}?host=${encodeURIComponent(socket.path)}&port=5432`
    let stopping: Promise<void> | undefined
    const stop = (signals = inOrder) => {
      stopping ??= shutDown(postmaster, exited, signals)
        .then(() => socket.remove())
        .then(() => lock.release())
      return stopping
    }
    try {
      await untilItAnswers(url('postgres'), DATABASE, postmaster, serverLog)
    } catch (error) {
      // One that cannot start may not hear a request for an orderly end either; it has nothing to lose by the other.
      await stop(atOnce)
      throw error
    }
    const ended = exited.then((how) => {
      if (stopping) return new Promise<string>(() => {})
      return `PostgreSQL ended ${how}; see ${serverLog.file}`
    })
    return { url: url(DATABASE), pid: postmaster.pid!, ended, stop: () => stop(), [Symbol.asyncDispose]: () => stop() }
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

/** A signal, and how many milliseconds PostgreSQL has to obey before the next one. */
type Signals = [NodeJS.Signals, number][]
const atOnce: Signals = [
  ['SIGQUIT', 10_000],
  ['SIGKILL', 10_000],
]
const inOrder: Signals = [['SIGINT', 30_000], ...atOnce]

async function shutDown(postmaster: ChildProcess, exited: Promise<string>, signals: Signals): Promise<void> {
  for (const [signal, patience] of signals) {
    if (postmaster.exitCode !== null || postmaster.signalCode !== null) return
    postmaster.kill(signal)
    const timer = new AbortController()
    await Promise.race([exited, sleep(patience, undefined, { signal: timer.signal }).catch(() => {})])
    timer.abort()
  }
}
