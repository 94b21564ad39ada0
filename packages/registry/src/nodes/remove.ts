import { type NewEvent, worded } from '@eims/contracts'
import { auditNodes } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import { refuseActive } from './hold.ts'
import { readAlone, type StoredNode } from './node-row.ts'
import { getNode, lockNode, noNode } from './nodes.ts'

/** That nodes are no more; to be made while they still are, since their batch is known by then only. */
export async function deletionsOf(
  tx: Db,
  nodes: Pick<StoredNode, 'id' | 'name'>[],
  told: { how: 'removed' | 'merged'; by: string; into?: string },
): Promise<NewEvent[]> {
  const where = { id: { in: nodes.map(({ id }) => id) } }
  const batches = await tx.node.findMany({ where, select: { id: true, batchId: true } })
  const batchOf = new Map(batches.map(({ id, batchId }) => [id, batchId]))
  return nodes.map(({ id, name }) =>
    worded({ kind: 'node.deleted', nodeId: id, data: { ...told, name, batchId: batchOf.get(id) ?? null } }),
  )
}

/** Removes nodes that are locked and that nothing keeps, with their runs and logs; their events stay. */
export async function removeAll(tx: Db, ids: string[], actor: string): Promise<void> {
  const nodes = await readAlone(tx, ids)
  await tx.$executeRaw`
    delete from credential where scope in (select id from instance where node_id = any(${ids}::text[]))`
  await tx.$executeRaw`delete from log where node_id = any(${ids}::text[])`
  await appendEvents(tx, await deletionsOf(tx, nodes, { how: 'removed', by: actor }))
  await tx.$executeRaw`delete from node where id = any(${ids}::text[])`
  await auditNodes(
    tx,
    nodes.map((before) => ({ actor, action: 'node.delete', of: before, before })),
  )
}

/** Removes a node with its runs and logs; its events stay. @throws ProblemError not-found, wrong-state while it is imaged */
export async function deleteNode(db: Db, ref: string, actor: string): Promise<void> {
  await db.$transaction(async (tx) => {
    const { id } = await getNode(tx, ref)
    if (!(await lockNode(tx, id))) throw noNode(ref)
    refuseActive(await getNode(tx, id))
    await removeAll(tx, [id], actor)
  })
}
