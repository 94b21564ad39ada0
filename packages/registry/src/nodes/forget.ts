import { ProblemError, worded } from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import { toldOf } from './new-row.ts'
import type { StoredNode } from './node-row.ts'
import { getNode, takeNode, touchNode } from './nodes.ts'

/**
 * Takes off a node's record what its machine added by itself and no run has confirmed; nothing to forget is no error.
 * @throws ProblemError not-found; wrong-state when it would have no identifier left
 */
export async function forgetProvisional(db: Db, ref: string, actor: string): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { node } = await takeNode(tx, ref)
    const known = await tx.nodeIdentifier.findMany({ where: { nodeId: node.id }, orderBy: { id: 'asc' } })
    const forgotten = known.filter(({ provisional }) => provisional)
    if (forgotten.length === 0) return node
    if (forgotten.length === known.length)
      throw new ProblemError('wrong-state', `${node.name} would have no serial, UUID or MAC left; register one first.`)
    await tx.nodeIdentifier.deleteMany({ where: { id: { in: forgotten.map(({ id }) => id) } } })
    await touchNode(tx, node.id)
    const identifiers = toldOf(forgotten)
    const data = { how: 'forgotten', by: actor, identifiers }
    await appendEvents(tx, [worded({ kind: 'node.changed', nodeId: node.id, data })])
    await audit(tx, { actor, action: 'node.forget', of: node, before: { identifiers } })
    return getNode(tx, node.id)
  })
}
