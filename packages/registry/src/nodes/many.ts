import type { BulkSet, ProblemError } from '@eims/contracts'
import { auditNodes } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import { Prisma } from '../generated/client.ts'
import { holdAll, releaseAll, whyActive, whyNotHeld } from './hold.ts'
import { readNodes, type StoredNode } from './node-row.ts'
import { plainColumns, referencesOf } from './references.ts'
import { removeAll } from './remove.ts'

/** What is done to many nodes by a few statements. A maker tells serials apart, so it is set node by node. */
export type ManyChange =
  | { action: 'hold'; reason: string }
  | { action: 'release' }
  | { action: 'set'; set: Omit<BulkSet, 'manufacturer'> }
  | { action: 'delete' }

export interface ManyChanged {
  /** what was refused for a node, which is left as it is */
  refused: { id: string; fault: ProblemError }[]
  /** nodes that somebody else holds at the moment, or has removed: nothing was done to them, and nobody was waited for */
  passedOver: string[]
}

/**
 * What holdNode, releaseNode, patchNode and deleteNode do, to many nodes in one transaction: with the same rules, events
 * and entries in the audit log for each. What is refused for one leaves that node alone, and the others are done.
 * @throws ProblemError invalid-input when `set` names what does not exist: nothing is done then
 */
export async function changeNodes(tx: Db, ids: string[], change: ManyChange, actor: string): Promise<ManyChanged> {
  const nodes = await takeNodes(tx, ids)
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

/** Those that nobody else holds, for the rest of the transaction: one that an import changes must not hold up the others. */
async function takeNodes(tx: Db, ids: string[]): Promise<StoredNode[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from node where id = any(${ids}::text[]) order by id for update skip locked`
  const taken = rows.map(({ id }) => id)
  return readNodes(tx, Prisma.sql`n.id = any(${taken}::text[])`, taken.length)
}

function faultOf(node: StoredNode, { action }: ManyChange): ProblemError | null {
  if (action === 'release') return whyNotHeld(node)
  return action === 'set' ? null : whyActive(node)
}

function doTo(tx: Db, nodes: StoredNode[], change: ManyChange, actor: string): Promise<void> {
  switch (change.action) {
    case 'hold':
      return holdAll(tx, nodes, change.reason, actor)
    case 'release':
      return releaseAll(tx, nodes, actor)
    case 'set':
      return set(tx, nodes, change.set, actor)
    case 'delete':
      return removeAll(tx, nodes, actor)
  }
}

async function set(tx: Db, nodes: StoredNode[], patch: Omit<BulkSet, 'manufacturer'>, actor: string): Promise<void> {
  const { siteId } = await tx.node.findUniqueOrThrow({ where: { id: nodes[0]!.id }, select: { siteId: true } })
  const data = { ...plainColumns(patch), ...(await referencesOf(tx, siteId, patch)) }
  await tx.node.updateMany({ where: { id: { in: nodes.map(({ id }) => id) } }, data })
  const changed = nodes.map((node) => ({
    node,
    was: Object.fromEntries(Object.keys(patch).map((key) => [key, node[key as keyof StoredNode] ?? null])),
  }))
  const message = `Changed by ${actor}`
  await appendEvents(
    tx,
    changed.map(({ node, was }) => ({ kind: 'node.changed', nodeId: node.id, message, data: { was, patch } })),
  )
  await auditNodes(
    tx,
    changed.map(({ node, was }) => ({ actor, action: 'node.patch', of: node, before: was, after: patch })),
  )
}
