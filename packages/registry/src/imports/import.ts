import { type ImportFinding, type ImportPreview, type ImportProblem, ProblemError } from '@eims/contracts'
import type { PoolClient } from 'pg'
import type { Registry } from '../database/database.ts'
import { PATIENCE } from '../database/patience.ts'
import { decideActions, type OnExisting } from './action.ts'
import { type ColumnNames, checkRows } from './check.ts'
import { doubtRows } from './doubt.ts'
import { findingsIn, firstFindings } from './findings.ts'
import type { ImportRow } from './import-row.ts'
import { CROSSED, lockChangedNodes, takeTurn } from './lock.ts'
import { mergeRows } from './merge.ts'
import { stageRows } from './stage.ts'

interface ImportOptions {
  /** change nothing, only say what would happen */
  dryRun: boolean
  /** `atomic`: one problem, and nothing is written; `partial`: the rows without one are */
  mode: 'atomic' | 'partial'
  onExisting: OnExisting
  /** hold back rows with warnings */
  strict: boolean
  siteId: string
  actor: string
  /** id of the import */
  subject: string
  /** what the audit log keeps of it, beside the counts */
  note: object
  /** what the file is called; null when nobody said so */
  fileName?: string | null
}

interface ImportWork {
  /** the rows, from the start at each call: an import that crossed another change is tried again */
  rows: () => AsyncIterable<ImportRow>
  /** known when `rows` has ended: what the file calls the columns; batches to be made; whether the file cannot be trusted at all */
  outcome: () => { columns: ColumnNames; newBatches: { id: string; name: string }[]; broken: boolean }
  /**
   * Hears every problem, in the order of rows, before anything is written.
   * @param first gives so many of the problems and warnings at most
   */
  judged: (
    problems: AsyncIterable<ImportProblem>,
    verdict: ImportVerdict,
    first: (most: number) => Promise<ImportPreview['findings']>,
  ) => Promise<void>
  /** @param fraction of this stage that is done; left out where only `rows` can say it */
  onStage: (stage: 'reading' | 'waiting' | 'checking' | 'writing', fraction?: number) => void
}

export interface ImportVerdict {
  /** whether the good rows will be (and after the import: are) in the registry */
  commits: boolean
  rows: number
  created: number
  updated: number
  unchanged: number
  skipped: number
  failed: number
  newBatches: string[]
  /** the first of them, equal ones as one */
  problems: ImportFinding[]
  problemsTotal: number
  warnings: ImportFinding[]
  warningsTotal: number
}

/** Deadlock, unique violation, foreign key violation, or seen by ourselves: somebody else changed the registry between our reading and writing. */
const crossings = new Set(['40P01', '23505', '23503', CROSSED])
const TRIES = 4

/**
 * Registers many machines by the rules of createNode, but set-wise: COPY into tables of its own transaction, a fixed
 * number of statements that judge and merge. All of it or nothing.
 * @throws whatever `rows` throws; errors of the database; ProblemError wrong-state when the nodes do not come to rest
 */
export async function importNodes(
  registry: Registry,
  options: ImportOptions,
  work: ImportWork,
): Promise<ImportVerdict> {
  for (let attempt = 1; ; attempt++)
    try {
      return await registry.connection((client) => once(client, options, work), PATIENCE.bulk)
    } catch (error) {
      const { code = '' } = error as { code?: string }
      if (attempt === TRIES && code === CROSSED)
        throw new ProblemError('wrong-state', 'Others change the machines of this file all the time; import it again.')
      if (attempt === TRIES || !crossings.has(code)) throw error
    }
}

async function once(client: PoolClient, options: ImportOptions, work: ImportWork): Promise<ImportVerdict> {
  // The rows come as fast as they are read, and the error file takes as long as its disk does.
  await client.query(
    `begin; set local work_mem = '32MB'; set local lock_timeout = '600s'; set local idle_in_transaction_session_timeout = 0`,
  )
  work.onStage('reading')
  await stageRows(client, work.rows())
  const { columns, newBatches, broken } = work.outcome()
  // One import of the site at a time. Single machines are registered meanwhile: where one crosses a row, the unique
  // indexes say so, and the import begins again.
  if (!options.dryRun) await takeTurn(client, () => work.onStage('waiting'))
  work.onStage('checking', 0)
  await checkRows(client, columns, (fraction) => work.onStage('checking', 0.8 * fraction))
  await doubtRows(client, options.strict)
  await decideActions(client, options.onExisting)
  const verdict = await judge(client)
  const used = new Set(await usedBatches(client))
  const made = newBatches.filter(({ id }) => used.has(id))
  verdict.newBatches = made.map(({ name }) => name)
  verdict.commits = !options.dryRun && !broken && (options.mode === 'partial' || verdict.problemsTotal === 0)
  const changes = verdict.created + verdict.updated
  if (verdict.commits && changes > 0) await lockChangedNodes(client)
  await work.judged(problemsOf(client), verdict, (most) => firstFindings(client, most))
  if (verdict.commits && changes > 0) {
    work.onStage('writing', 0)
    const onStep = (fraction: number) => work.onStage('writing', fraction)
    const { dryRun: _dryRun, siteId, actor, subject, fileName = null, note, ...how } = options
    const { rows, created, updated, unchanged, skipped, failed, warningsTotal: warnings } = verdict
    const counts = { rows, created, updated, unchanged, skipped, failed }
    const audited = { ...note, ...how, counts }
    await mergeRows(client, {
      siteId,
      actor,
      subject,
      fileName,
      newBatches: made,
      created,
      updated,
      counts: { ...counts, warnings },
      note: audited,
      onStep,
    })
    await client.query('commit')
  } else await client.query('rollback')
  return verdict
}

async function judge(client: PoolClient): Promise<ImportVerdict> {
  const { rows: actions } = await client.query<{ action: string | null; count: number }>(
    'select action, count(*)::int as count from import_row group by action',
  )
  const { rows: totals } = await client.query<{ failed: number }>(
    'select count(distinct row)::int as failed from import_problem where row in (select row from import_row)',
  )
  const problems = await findingsIn(client, 'import_problem')
  const warnings = await findingsIn(client, 'import_warning')
  const count = (...names: string[]) =>
    actions.filter(({ action }) => action !== null && names.includes(action)).reduce((sum, each) => sum + each.count, 0)
  return {
    commits: false,
    rows: actions.reduce((sum, each) => sum + each.count, 0),
    created: count('create', 'take-over'),
    updated: count('update'),
    unchanged: count('unchanged'),
    skipped: count('skip'),
    failed: totals[0]?.failed ?? 0,
    newBatches: [],
    problems: problems.first,
    problemsTotal: problems.total,
    warnings: warnings.first,
    warningsTotal: warnings.total,
  }
}

async function usedBatches(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select distinct batch_id as id from import_row where batch_id is not null and action in ('create', 'take-over', 'update')`,
  )
  return rows.map(({ id }) => id)
}

/** By a cursor, so that a file full of mistakes needs no memory either. */
async function* problemsOf(client: PoolClient): AsyncGenerator<ImportProblem> {
  await client.query(
    'declare import_problems cursor for select row, "column", value, code, message from import_problem order by row, ord',
  )
  for (;;) {
    const { rows } = await client.query<ImportProblem>('fetch 1000 from import_problems')
    if (rows.length === 0) return
    yield* rows
  }
}
