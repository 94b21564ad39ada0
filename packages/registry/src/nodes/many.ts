import { type BulkAdopt, type BulkSet, type MetadataChanges, ProblemError, worded } from '@eims/contracts'
import { auditNodes } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import { adoptAll, holdAll, releaseAll, whyActive, whyNotHeld, whyRegistered } from './hold.ts'
import { confirmSerials, lockSerials, soleSerials } from './maker.ts'
import { type NodeRecord, readRecords } from './node-row.ts'
import { changeOf, plainColumns, referencesOf } from './references.ts'
import { removeAll } from './remove.ts'

/** What is done to many nodes by a few statements. */
export type ManyChange =
  | { action: 'hold'; reason: string }
  | { action: 'release' }
  | { action: 'set'; set: BulkSet }
  | { action: 'adopt'; adopt: BulkAdopt }
  | { action: 'delete' }

export interface ManyChanged {
  /** what was refused for a node, which is left as it is */
  refused: { id: string; fault: ProblemError }[]
  /**
   * nodes that somebody else holds at the moment, or has removed, and those that a maker tells from others of the same
   * serial: nothing was done to them, and nobody was waited for
   */
  passedOver: string[]
}

/**
 * What holdNode, releaseNode, patchNode, adoptNode and deleteNode do, to many nodes in one transaction: with the same
 * rules, events and entries in the audit log for each. What is refused for one leaves that node alone, and the others are
 * done.
 * @throws ProblemError invalid-input when `set` or `adopt` names what does not exist: nothing is done then
 */
export async function changeNodes(tx: Db, ids: string[], change: ManyChange, actor: string): Promise<ManyChanged> {
  const nodes = await takeNodes(tx, ids, change)
  const taken = new Set(nodes.map(({ id }) => id))
  const refused: ManyChanged['refused'] = []
  const those = nodes.filter((node) => {
    const fault = faultOf(node, change)
    if (fault) refused.push({ id: node.id, fault })
    return !fault
  })
  if (those.length > 0) await doTo(tx, those, change, actor)
  return { refused, passedOver: ids.filter((id) => !taken.has(id)) }
}

const setsMaker = (change: ManyChange) => change.action === 'set' && change.set.manufacturer !== undefined

/** Those that nobody else holds, for the rest of the transaction: one that an import changes must not hold up the others. */
async function takeNodes(tx: Db, ids: string[], change: ManyChange): Promise<NodeRecord[]> {
  const serials = setsMaker(change) ? await lockSerials(tx, ids) : null
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from node where id = any(${ids}::text[]) order by id for update skip locked`
  const taken = rows.map(({ id }) => id)
  return readRecords(tx, serials ? [...(await soleSerials(tx, taken, serials))] : taken)
}

function faultOf(node: NodeRecord, change: ManyChange): ProblemError | null {
  if (change.action === 'release') return whyNotHeld(node)
  if (change.action === 'adopt') return whyRegistered(node)
  return change.action === 'set' ? whyTooMany(node, change.set) : whyActive(node)
}

function whyTooMany(node: NodeRecord, set: BulkSet): ProblemError | null {
  try {
    changeOf(set, node)
    return null
  } catch (error) {
    if (error instanceof ProblemError) return error
    throw error
  }
}

function doTo(tx: Db, nodes: NodeRecord[], change: ManyChange, actor: string): Promise<void> {
  switch (change.action) {
    case 'hold':
      return holdAll(tx, nodes, change.reason, actor)
    case 'release':
      return releaseAll(tx, nodes, actor)
    case 'set':
      return set(tx, nodes, change.set, actor)
    case 'adopt':
      return adoptAll(tx, nodes, change.adopt, actor)
    case 'delete':
      return removeAll(
        tx,
        nodes.map(({ id }) => id),
        actor,
      )
  }
}

async function set(tx: Db, nodes: NodeRecord[], { mergeMetadata, ...same }: BulkSet, actor: string): Promise<void> {
  const ids = nodes.map(({ id }) => id)
  const { siteId } = await tx.node.findUniqueOrThrow({ where: { id: ids[0]! }, select: { siteId: true } })
  const data = { ...plainColumns(same), ...(await referencesOf(tx, siteId, same)) }
  await tx.node.updateMany({ where: { id: { in: ids } }, data })
  if (mergeMetadata !== undefined) await merge(tx, ids, mergeMetadata)
  if (same.manufacturer !== undefined) await confirmSerials(tx, ids)
  const { config, ...told } = same
  // a whole file for each of many would fill the log of events
  const digests = new Map(
    config === undefined ? [] : (await readRecords(tx, ids)).map((now) => [now.id, now.configSha256]),
  )
  const changed = nodes.map((node) => {
    const patch = {
      ...changeOf(mergeMetadata === undefined ? told : { ...told, mergeMetadata }, node),
      ...(config === undefined ? {} : { configSha256: digests.get(node.id) ?? null }),
    }
    const was = Object.fromEntries(Object.keys(patch).map((key) => [key, node[key as keyof NodeRecord] ?? null]))
    return { node, patch, was }
  })
  await appendEvents(
    tx,
    changed.map(({ node, patch, was }) =>
      worded({ kind: 'node.changed', nodeId: node.id, data: { how: 'fields', by: actor, was, patch } }),
    ),
  )
  await auditNodes(
    tx,
    changed.map(({ node, patch, was }) => ({ actor, action: 'node.patch', of: node, before: was, after: patch })),
  )
}

/** What changeOf makes of each node's metadata, by one statement. */
async function merge(tx: Db, ids: string[], changes: MetadataChanges): Promise<void> {
  const removed = Object.keys(changes).filter((key) => changes[key] === null)
  await tx.$executeRaw`
    update node set metadata = (metadata || ${JSON.stringify(changes)}::jsonb) - ${removed}::text[], updated_at = now()
     where id = any(${ids}::text[])`
}
