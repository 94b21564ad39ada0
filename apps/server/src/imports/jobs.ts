import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import {
  type ImportProgress,
  type ImportQuery,
  type ImportRecord,
  type ImportReport,
  type ImportUndo,
  ProblemError,
} from '@eims/contracts'
import {
  amendImport,
  beginImport,
  endImport,
  findImport,
  getSite,
  type Listed,
  listImports,
  noImport,
  noteInterrupted,
  OutcomeUnknown,
  type Page,
  type Registry,
  undoImport,
} from '@eims/registry'
import type { Room } from './bounded-file.ts'
import { columnMapping } from './column-mapping.ts'
import { fileName } from './file-name.ts'
import { openList, rowsBeside } from './list-file.ts'
import { runImport } from './run.ts'
import { spool } from './spool.ts'

/** Of so many imports the error files and whole reports are kept, error files of so many bytes; so many wait their turn. */
const KEPT = 50
const MOST_ERROR_BYTES = 1024 * 1024 * 1024
const WAITING = 8

export interface ImportJobs {
  /**
   * Takes a file and imports it, one after the other.
   * @param asked.id      left out: made here
   * @param asked.options asked when the file is here, for a form may say them behind it
   * @throws ProblemError invalid-input, too-large, already-exists, wrong-state, import-unreadable
   */
  run(
    body: AsyncIterable<Uint8Array>,
    asked: { id: string | undefined; options: () => ImportQuery },
    actor: string,
  ): Promise<ImportReport>
  /**
   * How far an import is or, of one that is over, what came of it.
   * @param ref its id; of one of the history the beginning will do
   * @throws ProblemError not-found
   */
  progress(ref: string): Promise<ImportProgress>
  /** The history, newest first. @throws ProblemError invalid-input */
  list(page: Page): Promise<Listed<ImportRecord>>
  /** Takes back what an import did: see undoImport. */
  undo(ref: string, by: { actor: string; dryRun: boolean }): Promise<ImportUndo>
  /**
   * Ends an import of which nothing is in the registry yet; what is written at its end cannot be stopped any more.
   * @returns at its end, what became of it
   * @throws ProblemError not-found; wrong-state when another server is at it
   */
  cancel(id: string, actor: string): Promise<ImportProgress>
  /** @throws ProblemError not-found */
  errors(ref: string): Promise<Readable>
}

/**
 * Imports. How far one is that runs is known to its process alone; what became of it stands in the registry. Error files
 * are a convenience of the hour, and so are dry runs, which have no place in the history.
 * @param folder for files that come in and error files; emptied at the first import
 * @param room asked for the folder's disk
 * @param mostErrorBytes of all error files together; the oldest go first
 */
export function createImportJobs({
  registry,
  folder,
  serverId,
  now,
  room,
  mostErrorBytes = MOST_ERROR_BYTES,
}: {
  registry: Registry
  folder: string
  /** this server's, as the registry knows it */
  serverId: () => string
  now: () => number
  room: Room
  mostErrorBytes?: number
}): ImportJobs {
  const jobs = new Map<string, ImportProgress>()
  const running = new Map<string, { cancelled: AbortController; ended: Promise<void> }>()
  let ready: Promise<unknown> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let turns = 0
  const errorsPath = (id: string) => join(folder, `${id}.errors.csv`)
  /** bytes of error files by import, the oldest first */
  const errorFiles = new Map<string, number>()
  const undoing = new Map<string, number>()
  const settled = () => noteInterrupted(registry.db, serverId(), [...running.keys()])

  const progress = async (ref: string): Promise<ImportProgress> => {
    const job = jobs.get(ref)
    if (job && running.has(ref)) return { ...job }
    await settled()
    const found = await findImport(registry.db, ref)
    if (!found && !job) throw noImport(ref)
    return found ? progressOf(found, jobs.get(found.record.id), undoing.get(found.record.id)) : { ...job! }
  }

  const dropErrors = async (id: string) => {
    errorFiles.delete(id)
    const report = jobs.get(id)?.report
    if (report) report.errorFile = null
    await rm(errorsPath(id), { force: true })
  }

  const forget = async () => {
    const old = [...jobs.values()].filter(({ id }) => !running.has(id))
    for (const { id } of old.slice(0, Math.max(0, jobs.size - KEPT))) {
      await dropErrors(id)
      jobs.delete(id)
    }
    for (const id of errorFiles.keys()) {
      if ([...errorFiles.values()].reduce((sum, bytes) => sum + bytes, 0) <= mostErrorBytes) break
      await dropErrors(id)
    }
  }

  const inTurn = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const before = last
    turns++
    const turn = Promise.withResolvers<void>()
    last = before.then(() => turn.promise)
    try {
      signal.throwIfAborted()
      await Promise.race([before, aborted(signal)])
      return await work()
    } finally {
      turns--
      turn.resolve()
    }
  }

  return {
    async run(body, { id: given, options }, actor) {
      const id = given ?? randomUUID()
      const asked = options()
      const file = fileName(asked.file)
      if (jobs.has(id))
        throw new ProblemError('already-exists', `There is an import ${id} already; ask for its report.`)
      if (waiting >= WAITING)
        throw new ProblemError('wrong-state', `${WAITING} imports are under way; wait for one to end.`)
      const began = now()
      const job = newJob({ id, file, actor, batch: asked.batch ?? null, startedAt: new Date(began).toISOString() })
      jobs.set(id, job)
      waiting++
      const cancelled = new AbortController()
      const { signal } = cancelled
      const end = Promise.withResolvers<void>()
      running.set(id, { cancelled, ended: end.promise })
      const path = join(folder, `${id}.csv`)
      const note = async (ended: Omit<Parameters<typeof endImport>[2], 'bytes'>) => {
        if (noted) await endImport(registry.db, id, { bytes: job.bytes, ...ended })
      }
      let noted = false
      try {
        ready ??= emptied(folder).catch((error: unknown) => {
          ready = undefined
          throw error
        })
        await ready
        if (asked.dryRun !== 'true') {
          await beginImport(registry.db, { id, file, actor, batch: job.batch, serverId: serverId() })
          noted = true
        }
        const onBytes = (received: number) => {
          job.bytes = received
        }
        const { bytes, sha256, encoding } = await spool(body, path, onBytes, signal)
        job.sha256 = sha256
        const query = options()
        job.batch = query.batch ?? null
        if (noted) await amendImport(registry.db, id, { isDryRun: query.dryRun === 'true', batch: job.batch })
        noted &&= query.dryRun !== 'true'
        job.state = turns > 0 ? 'waiting' : 'reading'
        const onProgress = (progress: Partial<ImportProgress>) => {
          signal.throwIfAborted()
          Object.assign(job, progress)
        }
        const { errorBytes, preview, sheets, ...outcome } = await inTurn(async () => {
          job.state = 'reading'
          const mapping = columnMapping(query.column, (await getSite(registry.db)).importColumns)
          const onRows = (rows: number) => onProgress({ state: 'reading', rows })
          const list = await openList(path, encoding, mapping, query.sheet, onRows, room)
          const { format, sheet, sheets, notes } = list
          const outcome = await runImport({
            registry,
            id,
            actor,
            query: { ...query, file: file ?? undefined },
            file: list.file,
            mapping,
            sha256,
            errorsPath: errorsPath(id),
            room,
            onProgress,
          })
          const of = { format, sheet, encoding: list.file.encoding, separator: list.file.separator, bytes, sha256 }
          return { ...outcome, sheets, notes: [...notes, ...outcome.notes], file: of }
        }, signal)
        if (errorBytes !== null) errorFiles.set(id, errorBytes)
        const report: ImportReport = {
          id,
          ...outcome,
          errorFile: errorBytes !== null ? `/api/v1/imports/${id}/errors.csv` : null,
          seconds: (now() - began) / 1000,
        }
        Object.assign(job, { state: 'done', fraction: 1, report, endedAt: new Date(now()).toISOString() })
        // It was done, and that stands in the registry, whatever becomes of the note.
        await note({ state: 'done', sha256, report }).catch(() => {})
        // The rows are for whoever asked, and kept nowhere.
        return preview ? { ...report, preview: { ...preview, sheets } } : report
      } catch (error) {
        const wasCancelled = signal.aborted && !(error instanceof OutcomeUnknown)
        job.state = wasCancelled ? 'cancelled' : 'failed'
        // Whether that was written, the registry alone knows.
        if (!(error instanceof OutcomeUnknown)) await note({ state: job.state, why: whyOf(error) }).catch(() => {})
        throw wasCancelled ? signal.reason : error
      } finally {
        waiting--
        running.delete(id)
        end.resolve()
        const left = [path, rowsBeside(path), ...(job.report ? [] : [errorsPath(id)])]
        for (const each of left) await rm(each, { force: true })
        await forget()
      }
    },
    async cancel(ref, actor) {
      const { id, state } = await progress(ref)
      const now = running.get(id)
      if (!now && state === 'running')
        throw new ProblemError('wrong-state', `The import ${id} runs at another server; cancel it there.`)
      now?.cancelled.abort(
        new ProblemError('wrong-state', `The import was cancelled by ${actor}; nothing of it was written.`),
      )
      await now?.ended
      return progress(id)
    },
    progress,
    async list(page) {
      await settled()
      return listImports(registry.db, page)
    },
    async undo(ref, by) {
      await settled()
      const id = (await findImport(registry.db, ref))?.record.id
      if (id === undefined) throw noImport(ref)
      if (by.dryRun || undoing.has(id)) return undoImport(registry, id, by)
      undoing.set(id, 0)
      try {
        return await undoImport(registry, id, by, (fraction) => undoing.set(id, fraction))
      } finally {
        undoing.delete(id)
      }
    },
    async errors(ref) {
      const { id, report } = await progress(ref)
      if (!report?.errorFile) throw new ProblemError('not-found', `Import ${id} has no error file.`)
      return createReadStream(errorsPath(id))
    },
  }
}

function newJob(begun: Pick<ImportProgress, 'id' | 'file' | 'actor' | 'batch' | 'startedAt'>): ImportProgress {
  const none = { sha256: null, counts: null, why: null, endedAt: null, undo: null, report: null, fraction: null }
  return { ...begun, ...none, state: 'receiving', bytes: 0, rows: 0, committed: false, undoable: false }
}

/** PURE: what the registry knows of an import, with what its process knows besides. */
function progressOf(
  { record, report }: { record: ImportRecord; report: ImportReport | null },
  job: ImportProgress | undefined,
  undone: number | undefined,
): ImportProgress {
  return {
    ...record,
    ...(undone === undefined ? {} : { state: 'undoing' }),
    rows: record.counts?.rows ?? 0,
    fraction: undone ?? (record.state === 'done' ? 1 : null),
    report: job?.report ?? (report && { ...report, errorFile: null }),
  }
}

/** PURE: of what is no fault of the caller's the log knows more. */
const whyOf = (error: unknown): string =>
  error instanceof ProblemError
    ? error.message.slice(0, 500)
    : 'It could not be carried out; see the log of the service.'

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
}
