import { type AdoptInput, type Node, ProblemError } from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import { renaming } from './name.ts'
import { getNode, lockNode, noNode } from './nodes.ts'
import { referencesOf } from './references.ts'

/** The node of `ref`, locked for the rest of the transaction, and a person's hold on it. @throws ProblemError not-found */
export async function takeNode(tx: Db, ref: string): Promise<{ node: Node; siteId: string; hold: string | null }> {
  const { id } = await getNode(tx, ref)
  if (!(await lockNode(tx, id))) throw noNode(ref)
  const { siteId, holdReason } = await tx.node.findUniqueOrThrow({
    where: { id },
    select: { siteId: true, holdReason: true },
  })
  return { node: await getNode(tx, id), siteId, hold: holdReason }
}

/** @throws ProblemError wrong-state while a run of it is PENDING or RUNNING */
export function refuseActive({ name, run }: Node): void {
  if (run?.state === 'PENDING' || run?.state === 'RUNNING')
    throw new ProblemError('wrong-state', `Node ${name} has an active run. Cancel it first.`)
}

/**
 * Keeps a node from being provisioned until it is released; again with another reason changes the reason.
 * @throws ProblemError not-found; wrong-state while a run is active
 */
export async function holdNode(db: Db, ref: string, reason: string, actor: string): Promise<Node> {
  return db.$transaction(async (tx) => {
    const { node, hold } = await takeNode(tx, ref)
    refuseActive(node)
    if (hold === reason) return node
    await tx.$executeRaw`
      update node set hold_reason = ${reason}, held_reason = ${reason}, status_text = 'held', status_indicator = 'IDLE',
             status_at = clock_timestamp(), updated_at = clock_timestamp() where id = ${node.id}`
    await appendEvents(tx, [{ kind: 'node.changed', nodeId: node.id, message: `Held by ${actor}: ${reason}` }])
    await audit(tx, { actor, action: 'node.hold', of: node, reason, before: { hold } })
    return getNode(tx, node.id)
  })
}

/** Takes a person's hold back; what else speaks against provisioning is judged anew when the machine asks. @throws ProblemError not-found, wrong-state */
export async function releaseNode(db: Db, ref: string, actor: string): Promise<Node> {
  return db.$transaction(async (tx) => {
    const { node, hold } = await takeNode(tx, ref)
    if (hold === null)
      throw new ProblemError(
        'wrong-state',
        node.held === null
          ? `Node ${node.name} is not held.`
          : `Nobody holds node ${node.name}; it waits for another reason: ${node.held}.`,
      )
    await tx.$executeRaw`
      update node set hold_reason = null, held_reason = null, status_text = 'released', status_indicator = 'IDLE',
             status_at = clock_timestamp(), updated_at = clock_timestamp() where id = ${node.id}`
    await appendEvents(tx, [{ kind: 'node.changed', nodeId: node.id, message: `Released by ${actor}` }])
    await audit(tx, { actor, action: 'node.release', of: node, before: { hold } })
    return getNode(tx, node.id)
  })
}

/**
 * Makes a machine that appeared by itself a registered one.
 * @throws ProblemError not-found; wrong-state when it is one; already-exists (name), invalid-input (profile, batch)
 */
export async function adoptNode(db: Db, ref: string, input: AdoptInput, actor: string): Promise<Node> {
  return db.$transaction(async (tx) => {
    const { node, siteId, hold } = await takeNode(tx, ref)
    if (node.registered) throw new ProblemError('wrong-state', `Node ${node.name} is registered already.`)
    const { id, name, profile, batch, held } = node
    const data = {
      name: input.name ?? name,
      registered: true,
      heldReason: hold,
      ...(held === null || hold !== null
        ? {}
        : { statusText: 'Registered', statusIndicator: 'IDLE', statusAt: new Date() }),
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

/** Why a person holds the node; null while nobody does. */
export async function holdReason(db: Db, nodeId: string): Promise<string | null> {
  const row = await db.node.findUnique({ where: { id: nodeId }, select: { holdReason: true } })
  return row?.holdReason ?? null
}
