import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type ImportProgress, type ImportQuery, type ImportReport, ProblemError } from '@eims/contracts'
import { getSite, newId, OutcomeUnknown, type Registry } from '@eims/registry'
import { columnMapping } from './column-mapping.ts'
import { openList, rowsBeside } from './list-file.ts'
import { runImport } from './run.ts'
import { spool } from './spool.ts'

/** So many imports are remembered, with their error files; so many wait their turn. */
const KEPT = 50
const WAITING = 8

export interface ImportJobs {
  /**
   * Takes a file and imports it, one after the other.
   * @param asked.id      left out: made here
   * @param asked.options asked when the file is here, for a form may say them behind it
   * @throws ProblemError invalid-input, too-large, already-exists, wrong-state, import-unreadable
   */
  run(
    body: Readable,
    asked: { id: string | undefined; options: () => ImportQuery },
    actor: string,
  ): Promise<ImportReport>
  /** @throws ProblemError not-found */
  progress(id: string): ImportProgress
  /**
   * Ends an import of which nothing is in the registry yet; what is written at its end cannot be stopped any more.
   * @returns at its end, what became of it
   * @throws ProblemError not-found
   */
  cancel(id: string, actor: string): Promise<ImportProgress>
  /** @throws ProblemError not-found */
  errors(id: string): Readable
}

/**
 * Imports of this process. Progress, reports and error files are a convenience of the hour: what was done stands in the
 * registry and its audit log.
 * @param folder for files that come in and error files; emptied at the first import
 */
export function createImportJobs({
  registry,
  folder,
  now,
}: {
  registry: Registry
  folder: string
  now: () => number
}): ImportJobs {
  const jobs = new Map<string, ImportProgress>()
  const running = new Map<string, { cancelled: AbortController; ended: Promise<void> }>()
  let ready: Promise<unknown> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let turns = 0
  const errorsPath = (id: string) => join(folder, `${id}.errors.csv`)
  const jobOf = (id: string): ImportProgress => {
    const job = jobs.get(id)
    if (!job)
      throw new ProblemError(
        'not-found',
        `There is no import ${id} here; this server remembers its last ${KEPT} since its start.`,
      )
    return job
  }

  const forget = async () => {
    const old = [...jobs.values()].filter(({ id }) => !running.has(id))
    for (const { id } of old.slice(0, Math.max(0, jobs.size - KEPT))) {
      jobs.delete(id)
      await rm(errorsPath(id), { force: true })
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
      const id = given ?? newId()
      if (jobs.has(id))
        throw new ProblemError('already-exists', `There is an import ${id} already; ask for its report.`)
      if (waiting >= WAITING)
        throw new ProblemError('wrong-state', `${WAITING} imports are under way; wait for one to end.`)
      const began = now()
      const job: ImportProgress = { id, state: 'receiving', bytes: 0, rows: 0, fraction: null, report: null }
      jobs.set(id, job)
      waiting++
      const cancelled = new AbortController()
      const { signal } = cancelled
      const end = Promise.withResolvers<void>()
      running.set(id, { cancelled, ended: end.promise })
      const path = join(folder, `${id}.csv`)
      try {
        ready ??= emptied(folder).catch((error: unknown) => {
          ready = undefined
          throw error
        })
        await ready
        const onBytes = (received: number) => {
          job.bytes = received
        }
        const { bytes, sha256, encoding } = await spool(body, path, onBytes, signal)
        job.state = turns > 0 ? 'waiting' : 'reading'
        const onProgress = (progress: Partial<ImportProgress>) => {
          signal.throwIfAborted()
          Object.assign(job, progress)
        }
        const { hasErrorFile, ...outcome } = await inTurn(async () => {
          const query = options()
          const mapping = columnMapping(query.column, (await getSite(registry.db)).importColumns)
          const list = await openList(path, encoding, mapping, query.sheet, (rows) =>
            onProgress({ state: 'reading', rows }),
          )
          const { file, format, sheet, notes } = list
          const run = { registry, id, actor, query, file, mapping, sha256, errorsPath: errorsPath(id), onProgress }
          const outcome = await runImport(run)
          const { separator } = file
          const of = { format, sheet, encoding: file.encoding, separator, bytes, sha256 }
          return { ...outcome, notes: [...notes, ...outcome.notes], file: of }
        }, signal)
        const report: ImportReport = {
          id,
          ...outcome,
          errorFile: hasErrorFile ? `/api/v1/imports/${id}/errors.csv` : null,
          seconds: (now() - began) / 1000,
        }
        Object.assign(job, { state: 'done', fraction: 1, report })
        return report
      } catch (error) {
        const wasCancelled = signal.aborted && !(error instanceof OutcomeUnknown)
        job.state = wasCancelled ? 'cancelled' : 'failed'
        throw wasCancelled ? signal.reason : error
      } finally {
        waiting--
        running.delete(id)
        end.resolve()
        for (const each of [path, rowsBeside(path)]) await rm(each, { force: true })
        await forget()
      }
    },
    async cancel(id, actor) {
      const job = jobOf(id)
      const now = running.get(id)
      now?.cancelled.abort(
        new ProblemError('wrong-state', `The import was cancelled by ${actor}; nothing of it was written.`),
      )
      await now?.ended
      return { ...job }
    },
    progress: (id) => ({ ...jobOf(id) }),
    errors(id) {
      if (!jobOf(id).report?.errorFile) throw new ProblemError('not-found', `Import ${id} has no error file.`)
      return createReadStream(errorsPath(id))
    },
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
}
