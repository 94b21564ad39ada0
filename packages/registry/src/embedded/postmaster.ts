import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { openServerLog, untilItAnswers } from './readiness.ts'

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
  // Else every checkpoint writes a file for them, and one that finds the disk full ends PostgreSQL (PANIC).
  max_active_replication_origins: '0',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A failing statement's text and the values in its detail stay out of the log.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

/** The first process of a PostgreSQL that takes connections. */
export interface Postmaster {
  pid: number
  /** resolves with how it ended, whoever ended it */
  ended: Promise<string>
  stop(): Promise<void>
}

interface PostmasterPlace {
  binaries: Binaries
  account: Account | undefined
  /** the directory with PG_VERSION in it */
  cluster: string
  /** where its Unix socket comes to lie */
  socketDirectory: string
  /** its own log, which is appended to */
  logFile: string
  /** of a database on that socket, by its name */
  url: (database: string) => string
  /** made when it is missing */
  database: string
}

/**
 * Starts PostgreSQL on a cluster in which nothing runs. It is a session of its own, so Ctrl-C in our terminal reaches it
 * only through stop().
 * @param given.onSpawn hears of the process before it answers, to end one that takes too long
 * @throws EmbeddedPostgresError with PostgreSQL's own words when it does not come to take connections
 */
export async function startPostmaster({
  onSpawn,
  ...place
}: PostmasterPlace & { onSpawn: (stop: () => Promise<void>) => void }): Promise<Postmaster> {
  const { binaries, account, cluster, socketDirectory, logFile, url, database } = place
  const serverLog = await openServerLog(logFile)
  const args = Object.entries({ ...settings, unix_socket_directories: socketDirectory })
  const child = spawn(
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
  const ended = once(child, 'exit').then(([code, signal]) => `${signal ? `by ${signal}` : `with code ${code}`}`)
  ended.catch(() => {})
  await once(child, 'spawn').finally(() => serverLog.handle.close())
  onSpawn(() => shutDown(child, ended, atOnce))
  try {
    await untilItAnswers(url('postgres'), database, child, serverLog)
  } catch (error) {
    // One that cannot start may not hear a request for an orderly end either, and loses nothing by being killed.
    await shutDown(child, ended, atOnce)
    throw error
  }
  return { pid: child.pid!, ended, stop: () => shutDown(child, ended, inOrder) }
}

/** A signal, and how many milliseconds PostgreSQL has to obey before the next one. */
type Signals = [NodeJS.Signals, number][]
const atOnce: Signals = [
  ['SIGQUIT', 10_000],
  ['SIGKILL', 10_000],
]
/** Fast shutdown: transactions under way are rolled back, what was committed stays. */
const inOrder: Signals = [['SIGINT', 30_000], ...atOnce]

async function shutDown(postmaster: ChildProcess, ended: Promise<string>, signals: Signals): Promise<void> {
  for (const [signal, patience] of signals) {
    if (postmaster.exitCode !== null || postmaster.signalCode !== null) return
    postmaster.kill(signal)
    const timer = new AbortController()
    await Promise.race([ended, sleep(patience, undefined, { signal: timer.signal }).catch(() => {})])
    timer.abort()
  }
}
