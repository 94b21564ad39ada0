import {
  type Applied,
  type AppliedChange,
  type ApplyBatch,
  type ApplyInput,
  type ApplyNode,
  type ApplyProblem,
  type ApplyReport,
  type BatchInput,
  MOST_APPLY_PROBLEMS,
  ProblemError,
} from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import { createBatch, replaceBatch } from '../catalogue/batches.ts'
import { withShownConfig } from '../catalogue/config-files.ts'
import { orMeant } from '../catalogue/meant.ts'
import type { Db, Registry } from '../database/database.ts'
import { isBusy, uniqueViolation } from '../database/violation.ts'
import { asCompared } from '../identity/shared.ts'
import { IMPORT_LOCK } from '../imports/lock.ts'
import { checkSiteName, ensureSite } from '../site/site.ts'
import { configChange, isWrong, made, planConfigs, type ReadyConfig, type ReadyConfigs } from './configs.ts'
import { knownNodes, referredTo } from './known.ts'
import { identifiersOf, planNodes } from './plan.ts'
import { nameNew, writeNodes } from './write.ts'

const TIMEOUT_MS = 120_000
/** Others may register one of the machines between our reading and writing. */
const TRIES = 4
/** For so many wrong names the right one is looked for. */
const MOST_MEANT = 20

/**
 * Brings batches and nodes to what is said of them: makes what is missing, changes what differs, deletes nothing. Judged
 * and written by a fixed number of statements; with any problem, and in a dry run, nothing is written.
 * @param by who asks, and how config-files are made ready to be stored
 */
export async function applyAll(registry: Registry, input: ApplyInput, by: Applying): Promise<ApplyReport> {
  for (let attempt = 1; ; attempt++)
    try {
      return await registry.transaction((tx) => once(tx, input, by), { timeout: TIMEOUT_MS })
    } catch (error) {
      const again = isBusy(error) || uniqueViolation(error) !== undefined || isGone(error)
      if (attempt === TRIES || !again) throw error
    }
}

interface Applying {
  actor: string
  readyConfigs: ReadyConfigs
}

const givesConfig = ({ config }: ApplyNode) => config !== undefined
const givesHardware = ({ hardware }: ApplyNode) => hardware !== undefined

const isGone = (error: unknown) => error instanceof ProblemError && error.code === 'busy'

async function once(tx: Db, input: ApplyInput, { actor, readyConfigs }: Applying): Promise<ApplyReport> {
  const { batches, nodes, dryRun } = input
  // Like an import: one of the site at a time, beside machines that register themselves.
  if (!dryRun) await tx.$executeRaw`select pg_advisory_xact_lock(hashtext(${IMPORT_LOCK}))`
  const site = await ensureSite(tx)
  const shared = new Set(site.sharedIdentifiers.flatMap(asCompared))
  const ready = await readyConfigs(
    tx,
    [...batches, ...nodes].flatMap(({ config }) => config ?? []),
  )
  const toBatches = await planBatches(tx, batches, ready)
  const names = nodes.flatMap(({ name }) => name ?? [])
  const identifiers = nodes.flatMap((node) => identifiersOf(node).rows)
  const known = await knownNodes(
    tx,
    { names, identifiers, hardware: nodes.some(givesHardware), config: nodes.some(givesConfig) },
    !dryRun,
  )
  const { planned, problems: ofNodes } = planNodes(nodes, known, shared)
  const ids = await referredTo(tx, nodes)
  const problems: ApplyProblem[] = [
    ...toBatches.problems,
    ...planConfigs(planned, nodes, ready),
    ...ofNodes.map((problem) => ({ of: 'nodes' as const, ...problem })),
    ...(await wrongNames(tx, input, site, ids)),
  ]
  const said = {
    dryRun,
    applied: problems.length === 0 && !dryRun,
    problems: problems.slice(0, MOST_APPLY_PROBLEMS),
    problemsTotal: problems.length,
  }
  if (problems.length === 0) await nameNew(tx, site.id, planned)
  if (said.applied) {
    await writeBatches(tx, site.id, toBatches.planned, actor)
    await writeNodes(tx, planned, { nodes, ids: await referredTo(tx, nodes), siteId: site.id, actor })
  }
  return {
    ...said,
    batches: toBatches.planned.map(({ applied }) => applied),
    nodes: planned.map(({ known, after, changes }) => ({
      name: after.name,
      result: known ? (changes.length > 0 ? 'changed' : 'unchanged') : 'created',
      changes,
    })),
  }
}

/** Names of profiles, batches and accounts that nothing has, with the one that was meant, and of another site. */
async function wrongNames(
  tx: Db,
  { nodes, batches, dryRun, profilesToCome }: ApplyInput,
  site: { name: string },
  ids: Awaited<ReturnType<typeof referredTo>>,
): Promise<ApplyProblem[]> {
  const toBe = {
    profile: new Set(dryRun ? profilesToCome : []),
    batch: new Set(batches.map(({ name }) => name)),
    account: new Set<string>(),
  }
  const said = new Map<string, string>()
  const problems: ApplyProblem[] = []
  for (const [index, node] of nodes.entries()) {
    const note = (field: string, message: string) => problems.push({ of: 'nodes', index, field, message, other: null })
    for (const field of ['profile', 'batch', 'account'] as const) {
      const name = node[field]
      if (!name || ids[field].has(name) || toBe[field].has(name)) continue
      const key = `${field} ${name}`
      if (!said.has(key))
        said.set(
          key,
          `names the ${field} ${name}, which does not exist${said.size < MOST_MEANT ? await orMeant(tx, field, name) : ''}`,
        )
      note(field, said.get(key)!)
    }
    try {
      checkSiteName(site, node.site)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      note('site', error.fields?.[0]?.message ?? error.message)
    }
  }
  return problems
}

interface PlannedBatch {
  id: string | null
  before: BatchInput | null
  after: BatchInput
  applied: Applied
}

async function planBatches(
  tx: Db,
  batches: ApplyBatch[],
  ready: ReadyConfig,
): Promise<{ planned: PlannedBatch[]; problems: ApplyProblem[] }> {
  const rows = await tx.batch.findMany({
    where: { name: { in: batches.map(({ name }) => name) } },
    select: { id: true, name: true, expected: true, note: true, config: true },
  })
  const known = new Map(rows.map(({ id, ...batch }) => [batch.name, { id, batch }]))
  const first = new Map<string, number>()
  const problems: ApplyProblem[] = []
  const planned = batches.map((batch, index): PlannedBatch => {
    const { name, expected, note } = batch
    const other = first.get(name)
    if (other === undefined) first.set(name, index)
    else problems.push({ of: 'batches', index, field: 'name', message: `${name} is given twice`, other })
    const was = known.get(name)
    const before = was?.batch ?? { name, expected: null, note: null, config: null }
    const config = batch.config === undefined ? before.config : made(ready, 'batch', batch.config, before.config)
    if (isWrong(config))
      problems.push(
        ...config.messages.map((message) => ({ of: 'batches' as const, index, field: 'config', message, other: null })),
      )
    const after = {
      name,
      expected: expected === undefined ? before.expected : expected,
      note: note === undefined ? before.note : note,
      config: isWrong(config) ? null : config,
    }
    const changes: AppliedChange[] = (['expected', 'note'] as const).flatMap((field) =>
      after[field] === before[field] ? [] : [{ field, from: before[field], to: after[field] }],
    )
    if (after.config !== before.config) changes.push(configChange(before.config, after.config))
    const result = was ? (changes.length > 0 ? 'changed' : 'unchanged') : 'created'
    return { id: was?.id ?? null, before: was?.batch ?? null, after, applied: { name, result, changes } }
  })
  return { planned, problems }
}

async function writeBatches(tx: Db, siteId: string, planned: PlannedBatch[], actor: string): Promise<void> {
  for (const { id, before, after, applied } of planned) {
    if (applied.result === 'unchanged') continue
    const batch = id === null ? await createBatch(tx, siteId, after) : await replaceBatch(tx, id, after)
    const action = id === null ? 'batch.add' : 'batch.replace'
    await audit(tx, {
      actor,
      action,
      of: batch,
      ...(before ? { before: withShownConfig(before) } : {}),
      after: withShownConfig(after),
    })
  }
}
