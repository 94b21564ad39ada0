import {
  type ImportRecord,
  type ImportUndo,
  type LeftNodes,
  MOST_LEFT_NAMED,
  type NewEvent,
  ProblemError,
  undoReasons,
  worded,
} from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import type { Db, Registry } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { findImport, noImport } from './history.ts'
import { idsTaken, type Judged, judgeNodes } from './judge.ts'
import { IMPORT_LOCK } from './lock.ts'

const { sql } = Prisma

/** Nodes at a time: none of the statements takes long, and progress can be told. */
const CHUNK = 2000
/** A million nodes take some minutes. */
const TIMEOUT_MS = 15 * 60_000

/**
 * Takes back what an import did, in one transaction: nodes that it created are removed, those that it changed are what
 * they were before, unless they were touched since; these stay and are listed. Batches that it made stay.
 * @param ref as for findImport
 * @param onProgress hears what share of it is done
 * @throws ProblemError not-found; wrong-state when it cannot be undone: it was already, it wrote nothing, an import is under
 *         way, or what its nodes were is no longer kept
 */
export async function undoImport(
  registry: Registry,
  ref: string,
  { actor, dryRun }: { actor: string; dryRun: boolean },
  onProgress: (fraction: number) => void = () => {},
): Promise<ImportUndo> {
  const work = async (tx: Db): Promise<ImportUndo> => {
    const record = await takeImport(tx, ref, dryRun)
    const { id, file } = record
    const { nodes: count, eventsTo } = await tx.importRecord.findUniqueOrThrow({
      where: { id },
      select: { nodes: true, eventsTo: true },
    })
    const end = { id, endedAt: new Date(record.endedAt!), eventsTo }
    const told = worded({ kind: 'node.changed', data: { how: 'undone', by: actor, file, import: id } })
    const tally = { deleted: 0, restored: 0, left: new Map<string, LeftNodes>() }
    let done = 0
    for await (const nodes of chunksOf(tx, id)) {
      if (!dryRun) await tx.$queryRaw`select id from node where id = any(${nodes}::text[]) order by id for update`
      const judged = await judgeNodes(tx, end, nodes)
      const deleted = idsTaken(judged, 'deleted')
      const restored = idsTaken(judged, 'restored')
      if (!dryRun) await remove(tx, deleted, told)
      if (!dryRun) await restore(tx, id, restored, told)
      tally.deleted += deleted.length
      tally.restored += restored.length
      for (const each of judged) note(tally.left, each)
      done += nodes.length
      onProgress(Math.min(1, done / Math.max(1, count)))
    }
    const because = [...tally.left.values()].sort((a, b) => b.count - a.count)
    const { deleted, restored } = tally
    const left = because.reduce((sum, each) => sum + each.count, 0)
    const undo = { id, file, dryRun, by: actor, at: await now(tx), deleted, restored, left, because }
    // As long as nothing was taken back, it can be tried again.
    if (!dryRun && deleted + restored > 0) await noteUndone(tx, record, undo)
    return undo
  }
  try {
    return await registry.transaction(work, { timeout: TIMEOUT_MS })
  } catch (error) {
    // A name was taken, or a profile removed, between the judging and the writing.
    if (!/"(23505|23503)"/.test(JSON.stringify((error as { meta?: object }).meta ?? {}))) throw error
    throw new ProblemError('wrong-state', 'Others change the machines of this import just now; undo it again.')
  }
}

async function takeImport(tx: Db, ref: string, dryRun: boolean): Promise<ImportRecord> {
  const found = await findImport(tx, ref)
  if (!found) throw noImport(ref)
  if (dryRun) return undoable(found.record)
  const { id } = found.record
  const [lock] = await tx.$queryRaw<{ free: boolean }[]>`
    select pg_try_advisory_xact_lock(hashtext(${IMPORT_LOCK})) as free`
  if (!lock!.free)
    throw new ProblemError('wrong-state', 'An import, or the undoing of one, is under way; undo it after that.')
  await tx.$queryRaw`select 1 from import where id = ${id} for update`
  return undoable((await findImport(tx, id))!.record)
}

/** PURE. @throws ProblemError wrong-state, saying why it cannot be undone */
function undoable(record: ImportRecord): ImportRecord {
  const { id, state, committed, counts, undo } = record
  const refuse = (why: string) => new ProblemError('wrong-state', `The import ${id} ${why}.`)
  if (undo) throw refuse(`was undone by ${undo.by} at ${undo.at}`)
  if (state === 'running') throw refuse('is under way; cancel it instead')
  if (!committed || !counts || counts.created + counts.updated === 0)
    throw refuse('changed nothing, so there is nothing to undo')
  if (!record.undoable)
    throw refuse('can be undone no more: what its nodes were before is kept for 30 days, and of the last 50 imports')
  return record
}

/** Ids of the import's nodes in their order, in which others lock nodes, too. */
async function* chunksOf(tx: Db, importId: string): AsyncGenerator<string[]> {
  let after = ''
  for (;;) {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select node_id as id from import_node where import_id = ${importId} and node_id > ${after}
       order by node_id limit ${CHUNK}::bigint`
    if (rows.length === 0) return
    yield rows.map(({ id }) => id)
    after = rows.at(-1)!.id
  }
}

/** A thousand nodes that are left for one reason are one entry, with its first rows and names. */
function note(left: Map<string, LeftNodes>, { kind, reason, row, name }: Judged): void {
  if (reason === null) return
  const key = `${kind} ${reason}`
  const entry = left.get(key) ?? { kind, reason, message: undoReasons[reason], count: 0, rows: [], names: [] }
  left.set(key, entry)
  entry.count++
  if (entry.rows.length < MOST_LEFT_NAMED) entry.rows.push(row)
  if (name !== null && entry.names.length < MOST_LEFT_NAMED) entry.names.push(name)
}

/** They have no run, so no log lines either; their events stay. */
async function remove(tx: Db, ids: string[], { message, data }: NewEvent): Promise<void> {
  if (ids.length === 0) return
  await tx.$executeRaw`
    insert into event (kind, at, last_at, node_id, message, data)
    select 'node.deleted', t.now, t.now, n.id, ${message},
           ${JSON.stringify(data)}::jsonb || jsonb_build_object('name', n.name, 'batchId', n.batch_id)
      from node n cross join (select clock_timestamp() as now) t where n.id = any(${ids}::text[])`
  await tx.$executeRaw`delete from node where id = any(${ids}::text[])`
}

/** Also when they were changed last, so that the import before this one finds them as it left them. */
async function restore(tx: Db, importId: string, ids: string[], { message, data }: NewEvent): Promise<void> {
  if (ids.length === 0) return
  const these = sql`p.import_id = ${importId} and p.node_id = any(${ids}::text[])`
  const identifiers = (key: string) => sql`
    select jsonb_array_elements_text(p.was -> ${key}) from import_node p where ${these}`
  await tx.$executeRaw`delete from node_identifier where id in (${identifiers('added')})`
  await tx.$executeRaw`update node_identifier set provisional = true where id in (${identifiers('confirmed')})`
  await tx.$executeRaw`
    update node n set name = p.was ->> 'name', manufacturer = p.was ->> 'manufacturer', product = p.was ->> 'product',
           registered = (p.was ->> 'registered')::boolean, profile_id = p.was ->> 'profile_id',
           batch_id = (select b.id from batch b where b.id = p.was ->> 'batch_id'), account_id = p.was ->> 'account_id',
           disk = nullif(p.was -> 'disk', 'null'), metadata = p.was -> 'metadata',
           updated_at = (p.was ->> 'updated_at')::timestamptz
      from import_node p where ${these} and n.id = p.node_id`
  await tx.$executeRaw`
    insert into event (kind, at, last_at, node_id, message, data)
    select 'node.changed', t.now, t.now, p.node_id, ${message}, ${JSON.stringify(data)}::jsonb || jsonb_build_object('row', p.row)
      from import_node p cross join (select clock_timestamp() as now) t where ${these}`
}

async function noteUndone(tx: Db, { id, file, counts }: ImportRecord, undo: ImportUndo): Promise<void> {
  const { by: actor, at, deleted, restored, left } = undo
  await tx.importRecord.update({ where: { id }, data: { undoneAt: at, undo }, select: { id: true } })
  const of = { id, name: file ?? id }
  await audit(tx, { actor, action: 'import.undo', of, before: { counts }, after: { deleted, restored, left } })
}

async function now(tx: Db): Promise<string> {
  const [row] = await tx.$queryRaw<{ now: Date }[]>`select clock_timestamp()::timestamptz(3) as now`
  return row!.now.toISOString()
}
