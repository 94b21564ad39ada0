import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type ImportProgress, type ImportQuery, type ImportReport, ProblemError } from '@eims/contracts'
import { newId, type Registry } from '@eims/registry'
import { describeCsv } from './records.ts'
import { runImport } from './run.ts'
import { spool } from './spool.ts'

/** So many imports are remembered, with their error files; so many wait their turn. */
const KEPT = 50
const WAITING = 8

export interface ImportJobs {
  /** Takes a file and imports it, one after the other. @throws ProblemError invalid-input, too-large, already-exists, wrong-state */
  run(body: Readable, query: ImportQuery, actor: string): Promise<ImportReport>
  /** @throws ProblemError not-found */
  progress(id: string): ImportProgress
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
  let ready: Promise<unknown> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
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
    const old = [...jobs.values()].filter(({ state }) => state === 'done' || state === 'failed')
    for (const { id } of old.slice(0, Math.max(0, jobs.size - KEPT))) {
      jobs.delete(id)
      await rm(errorsPath(id), { force: true })
    }
  }

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = last
    const turn = Promise.withResolvers<void>()
    last = turn.promise
    await before
    try {
      return await work()
    } finally {
      turn.resolve()
    }
  }

  return {
    async run(body, query, actor) {
      const id = query.id ?? newId()
      if (jobs.has(id))
        throw new ProblemError('already-exists', `There is an import ${id} already; ask for its report.`)
      if (waiting >= WAITING)
        throw new ProblemError('wrong-state', `${WAITING} imports are under way; wait for one to end.`)
      const began = now()
      const job: ImportProgress = { id, state: 'receiving', bytes: 0, rows: 0, fraction: null, report: null }
      jobs.set(id, job)
      waiting++
      const path = join(folder, `${id}.csv`)
      try {
        ready ??= emptied(folder).catch((error: unknown) => {
          ready = undefined
          throw error
        })
        await ready
        const { bytes, sha256, encoding } = await spool(body, path, (received) => {
          job.bytes = received
        })
        const file = await describeCsv(path, encoding)
        job.state = 'waiting'
        const { hasErrorFile, ...outcome } = await inTurn(() =>
          runImport({
            registry,
            id,
            actor,
            query,
            file,
            sha256,
            bytes,
            errorsPath: errorsPath(id),
            onProgress: (progress) => Object.assign(job, progress),
          }),
        )
        const report: ImportReport = {
          id,
          ...outcome,
          errorFile: hasErrorFile ? `/api/v1/imports/${id}/errors.csv` : null,
          file: { encoding: file.encoding, separator: file.separator, bytes, sha256 },
          seconds: (now() - began) / 1000,
        }
        Object.assign(job, { state: 'done', fraction: 1, report })
        return report
      } catch (error) {
        job.state = 'failed'
        throw error
      } finally {
        waiting--
        await rm(path, { force: true })
        await forget()
      }
    },
    progress: (id) => ({ ...jobOf(id) }),
    errors(id) {
      if (!jobOf(id).report?.errorFile) throw new ProblemError('not-found', `Import ${id} has no error file.`)
      return createReadStream(errorsPath(id))
    },
  }
}

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
}
