import { type AdoptInput, ProblemError } from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import { renaming } from './name.ts'
import type { StoredNode } from './node-row.ts'
import { getNode, lockNode, noNode } from './nodes.ts'
import { referencesOf } from './references.ts'

/** The node of `ref`, locked for the rest of the transaction. @throws ProblemError not-found */
export async function takeNode(tx: Db, ref: string): Promise<{ node: StoredNode; siteId: string }> {
  const { id } = await getNode(tx, ref)
  if (!(await lockNode(tx, id))) throw noNode(ref)
  const { siteId } = await tx.node.findUniqueOrThrow({ where: { id }, select: { siteId: true } })
  return { node: await getNode(tx, id), siteId }
}

/** @throws ProblemError wrong-state while a run of it is PENDING or RUNNING */
export function refuseActive({ name, run }: Pick<StoredNode, 'name' | 'run'>): void {
  if (run?.state === 'PENDING' || run?.state === 'RUNNING')
    throw new ProblemError('wrong-state', { code: 'run-under-way', slots: { node: name } })
}

/**
 * Keeps a node from being provisioned until it is released; again with another reason changes the reason.
 * @throws ProblemError not-found; wrong-state while a run is active
 */
export async function holdNode(db: Db, ref: string, reason: string, actor: string): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { node } = await takeNode(tx, ref)
    const { hold } = node
    refuseActive(node)
    if (hold === reason) return node
    await tx.$executeRaw`update node set hold = ${reason}, updated_at = clock_timestamp() where id = ${node.id}`
    await appendEvents(tx, [{ kind: 'node.changed', nodeId: node.id, message: `Held by ${actor}: ${reason}` }])
    await audit(tx, { actor, action: 'node.hold', of: node, reason, before: { hold } })
    return getNode(tx, node.id)
  })
}

/** Takes a person's hold back; what else speaks against provisioning is judged anew when the machine asks. @throws ProblemError not-found, wrong-state */
export async function releaseNode(db: Db, ref: string, actor: string): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { node } = await takeNode(tx, ref)
    const { hold } = node
    if (hold === null) throw new ProblemError('wrong-state', { code: 'nobody-holds-it', slots: { node: node.name } })
    await tx.$executeRaw`update node set hold = null, updated_at = clock_timestamp() where id = ${node.id}`
    await appendEvents(tx, [{ kind: 'node.changed', nodeId: node.id, message: `Released by ${actor}` }])
    await audit(tx, { actor, action: 'node.release', of: node, before: { hold } })
    return getNode(tx, node.id)
  })
}

/**
 * Makes a machine that appeared by itself a registered one.
 * @throws ProblemError not-found; wrong-state when it is one; already-exists (name), invalid-input (profile, batch)
 */
export async function adoptNode(db: Db, ref: string, input: AdoptInput, actor: string): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { node, siteId } = await takeNode(tx, ref)
    const { id, name, profile, batch } = node
    if (node.registered) throw new ProblemError('wrong-state', { code: 'registered-already', slots: { node: name } })
    const data = {
      name: input.name ?? name,
      registered: true,
      ...(await referencesOf(tx, siteId, input)),
    }
    await renaming(data.name, () => tx.node.update({ where: { id }, data, select: { id: true } }))
    await appendEvents(tx, [{ kind: 'node.registered', nodeId: id, message: `Adopted as ${data.name} by ${actor}` }])
    const before = { name, profile, batch, registered: false }
    await audit(tx, {
      actor,
      action: 'node.adopt',
      of: { id, name: data.name },
      before,
      after: { ...input, registered: true },
    })
    return getNode(tx, id)
  })
}
