import {
  type ImportCounts,
  type ImportRecord,
  type ImportReport,
  type ImportState,
  type ImportUndo,
  LEAST_IMPORT_ID,
  MOST_FINDINGS_KEPT,
  ProblemError,
} from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { besideChange } from '../database/outcome.ts'
import { Prisma } from '../generated/client.ts'
import type { ImportRecordModel } from '../generated/models.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { importListing } from '../listing/tables.ts'

/** A server that said nothing for so long has ended; one that has not corrects the record itself. */
const SILENT_MINUTES = 10

/**
 * Notes that an import has begun.
 * @throws ProblemError already-exists
 */
export async function beginImport(
  db: Db,
  begun: { id: string; file: string | null; actor: string; batch: string | null; serverId: string },
): Promise<void> {
  const { id, file, actor, batch, serverId } = begun
  const count = await besideChange(
    () => db.$executeRaw`
    insert into import (id, file_name, actor, batch, server_id, state, started_at)
    values (${id}, ${file}, ${actor}, ${batch}, ${serverId}, 'running', clock_timestamp()) on conflict do nothing`,
  )
  if (count === 0) throw new ProblemError('already-exists', `There is an import ${id} already; ask for its report.`)
}

/**
 * Notes what a form says behind its file: of which batch the import is, or that it is a dry run, which has no place in the
 * history.
 */
export async function amendImport(
  db: Db,
  id: string,
  { isDryRun, batch }: { isDryRun: boolean; batch: string | null },
): Promise<void> {
  await besideChange(() =>
    isDryRun
      ? db.$executeRaw`delete from import where id = ${id} and state = 'running'`
      : db.$executeRaw`update import set batch = ${batch} where id = ${id} and batch is distinct from ${batch}`,
  )
}

/** Notes how an import ended. What its own transaction has noted stays. */
export async function endImport(
  db: Db,
  id: string,
  ended: {
    state: Exclude<ImportState, 'running' | 'interrupted'>
    bytes: number
    sha256?: string
    report?: ImportReport
    why?: string
  },
): Promise<void> {
  const { state, bytes, sha256 = null, report, why = null } = ended
  const kept = report && { ...report, problems: firstOf(report.problems), warnings: firstOf(report.warnings) }
  await besideChange(
    () => db.$executeRaw`
    update import set state = ${state}, bytes = ${bytes}, sha256 = ${sha256}, why = ${why},
           committed = ${report?.committed ?? false}, report = ${kept ? JSON.stringify(kept) : null}::jsonb,
           counts = ${report ? JSON.stringify(countsOf(report)) : null}::jsonb,
           ended_at = coalesce(ended_at, clock_timestamp())
     where id = ${id}`,
  )
}

const firstOf = <T>(findings: T[]): T[] => findings.slice(0, MOST_FINDINGS_KEPT)

const countsOf = (report: ImportReport): ImportCounts => {
  const { rows, created, updated, unchanged, skipped, failed, warningsTotal: warnings } = report
  return { rows, created, updated, unchanged, skipped, failed, warnings }
}

/**
 * Imports that nobody is at any more were interrupted: those of this server but for `running`, and those of servers that
 * have gone. One whose end is just being written is waited for.
 */
export async function noteInterrupted(db: Db, serverId: string, running: string[]): Promise<void> {
  await db.$executeRaw`
    update import i set state = 'interrupted'
     where i.state = 'running' and i.id <> all (${running}::text[]) and (i.server_id = ${serverId} or not exists (
       select 1 from server s where s.id = i.server_id
          and s.seen_at > clock_timestamp() - make_interval(mins => ${SILENT_MINUTES}::int)))`
}

/**
 * An import of the history, by its id or the beginning of it that no other one has, with its report.
 * @returns null when there is none
 * @throws ProblemError invalid-input when several begin so
 */
export async function findImport(
  db: Db,
  ref: string,
): Promise<{ record: ImportRecord; report: ImportReport | null } | null> {
  const isPart = ref.length >= LEAST_IMPORT_ID && /^[0-9a-f-]+$/.test(ref)
  const rows = await db.importRecord.findMany({
    where: { OR: [{ id: ref }, ...(isPart ? [{ id: { startsWith: ref } }] : [])] },
    take: 2,
  })
  const row = rows.find(({ id }) => id === ref) ?? rows[0]
  if (!row) return null
  if (rows.length > 1 && row.id !== ref)
    throw new ProblemError('invalid-input', `Several imports begin with ${ref}; give more of the id.`)
  return { record: recordOf(row), report: row.report as ImportReport | null }
}

export const noImport = (ref: string) => new ProblemError('not-found', `There is no import ${ref}.`)

/** Newest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listImports(db: Db, page: Page): Promise<Listed<ImportRecord>> {
  const found = await listIds(db, importListing, page)
  const rows = await db.importRecord.findMany({ where: { id: { in: found.ids } } })
  return listed(found, rows, ({ id }) => id, recordOf)
}

const recordOf = (row: ImportRecordModel): ImportRecord => ({
  id: row.id,
  file: row.fileName,
  actor: row.actor,
  state: row.state as ImportState,
  committed: row.committed,
  batch: row.batch,
  sha256: row.sha256,
  bytes: row.bytes ?? 0,
  counts: row.counts as ImportCounts | null,
  why: row.why,
  startedAt: row.startedAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
  undoable: row.nodes > 0 && row.undoDroppedAt === null && row.undoneAt === null,
  undo: row.undo as ImportUndo | null,
})

/** So many imports, and of so many nodes, can be undone at most; so many imports stand in the history. */
export const MOST_UNDOABLE = 50
export const MOST_UNDO_NODES = 1_000_000
export const MOST_IMPORTS = 5000

/** Which imports cannot be undone any more, as rows of `import`; `before`: those are too old. */
export const tooOldToUndo = (before: Date) => Prisma.sql`
  select i.id from (
    select x.id, x.undone_at, x.started_at, row_number() over newest as place,
           sum(x.nodes) over newest - x.nodes as nodes_before
      from import x where x.nodes > 0 and x.undo_dropped_at is null
    window newest as (order by x.started_at desc, x.id desc)) i
   where i.undone_at is not null or i.started_at < ${before} or i.place > ${MOST_UNDOABLE}::int
      or i.nodes_before >= ${MOST_UNDO_NODES}::bigint`
