import type { ChildProcess } from 'node:child_process'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { EmbeddedPostgresError } from './failure.ts'

const LOG_BYTES = 8 * 1024 * 1024
/** Recovery after a crash replays at most max_wal_size; a slow disk may take minutes. */
const PATIENCE_MS = 300_000
/** PostgreSQL restarts itself after a crash of one of its processes; this often in one start means never. */
const CRASHES = 3

interface ServerLog {
  file: string
  handle: FileHandle
  /** bytes that earlier starts have written */
  from: number
}

/** PostgreSQL's own log, appended to over the starts; a large one is put aside as `.1`. */
export async function openServerLog(file: string): Promise<ServerLog> {
  const handle = await open(file, 'a', 0o600)
  const { size } = await handle.stat()
  if (size <= LOG_BYTES) return { file, handle, from: size }
  await handle.close()
  await rename(file, `${file}.1`)
  return { file, handle: await open(file, 'a', 0o600), from: 0 }
}

/**
 * Waits until PostgreSQL takes connections, and makes our database in it.
 * @param url      of a database that is always there
 * @param database the one to make when it is missing
 * @throws EmbeddedPostgresError with PostgreSQL's own words when it ends, refuses, or crashes again and again
 */
export async function untilItAnswers(
  url: string,
  database: string,
  postmaster: ChildProcess,
  log: ServerLog,
): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(40)) {
    const answer = await tryOnce(url, database)
    if (answer === 'ready') return
    if (answer !== 'not yet') throw notStarted(answer, log)
    if (postmaster.exitCode !== null || postmaster.signalCode !== null || (await isCrashing(log))) break
  }
  const lines = await linesOf(log)
  const complaints = lines.filter((line) => /(FATAL|PANIC): /.test(line) && !line.includes('the database system is'))
  throw notStarted(complaints.at(-1) ?? lines.at(-1) ?? 'it said nothing', log)
}

const notStarted = (said: string, log: ServerLog) =>
  new EmbeddedPostgresError(
    `PostgreSQL did not start: ${said.replace(/^.*(FATAL|PANIC): +/, '')}. The whole story is in ${log.file}.`,
  )

async function tryOnce(url: string, database: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${database}`)
    return 'ready'
  } catch (error) {
    // Not yet: there is no socket, or (57P03) it still replays its log. Any other word of the server is its last.
    return error instanceof pg.DatabaseError && error.code !== '57P03' ? error.message : 'not yet'
  } finally {
    await client.end().catch(() => {})
  }
}

async function linesOf(log: ServerLog): Promise<string[]> {
  const text = await readFile(log.file).catch(() => Buffer.alloc(0))
  return text.subarray(log.from).toString('utf8').trim().split('\n')
}

async function isCrashing(log: ServerLog): Promise<boolean> {
  const restarts = (await linesOf(log)).filter((line) =>
    line.includes('all server processes terminated; reinitializing'),
  )
  return restarts.length >= CRASHES
}
