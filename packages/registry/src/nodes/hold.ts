import { type AdoptInput, ProblemError } from '@eims/contracts'
import { audit, auditNodes } from '../audit/audit.ts'
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

/** What speaks against it while a run of it is PENDING or RUNNING; null: nothing does. */
export const whyActive = ({ name, run }: Pick<StoredNode, 'name' | 'run'>): ProblemError | null =>
  run?.state === 'PENDING' || run?.state === 'RUNNING'
    ? new ProblemError('wrong-state', { code: 'run-under-way', slots: { node: name } })
    : null

/** What speaks against releasing a node; null: somebody holds it. */
export const whyNotHeld = ({ name, hold }: Pick<StoredNode, 'name' | 'hold'>): ProblemError | null =>
  hold === null ? new ProblemError('wrong-state', { code: 'nobody-holds-it', slots: { node: name } }) : null

/** @throws ProblemError wrong-state while a run of it is PENDING or RUNNING */
export function refuseActive(node: Pick<StoredNode, 'name' | 'run'>): void {
  const fault = whyActive(node)
  if (fault) throw fault
}

/** Holds nodes that are locked and have no run under way; one that is held for that reason already is left as it is. */
export async function holdAll(tx: Db, all: StoredNode[], reason: string, actor: string): Promise<void> {
  const nodes = all.filter(({ hold }) => hold !== reason)
  if (nodes.length === 0) return
  const ids = nodes.map(({ id }) => id)
  await tx.$executeRaw`update node set hold = ${reason}, updated_at = clock_timestamp() where id = any(${ids}::text[])`
  await tellChanged(tx, ids, `Held by ${actor}: ${reason}`)
  await auditNodes(
    tx,
    nodes.map((node) => ({ actor, action: 'node.hold', of: node, reason, before: { hold: node.hold } })),
  )
}

/** Releases nodes that are locked and held. */
export async function releaseAll(tx: Db, nodes: StoredNode[], actor: string): Promise<void> {
  const ids = nodes.map(({ id }) => id)
  await tx.$executeRaw`update node set hold = null, updated_at = clock_timestamp() where id = any(${ids}::text[])`
  await tellChanged(tx, ids, `Released by ${actor}`)
  await auditNodes(
    tx,
    nodes.map((node) => ({ actor, action: 'node.release', of: node, before: { hold: node.hold } })),
  )
}

const tellChanged = (tx: Db, ids: string[], message: string) =>
  appendEvents(
    tx,
    ids.map((nodeId) => ({ kind: 'node.changed', nodeId, message })),
  )

/**
 * Keeps a node from being provisioned until it is released; again with another reason changes the reason.
 * @throws ProblemError not-found; wrong-state while a run is active
 */
export async function holdNode(db: Db, ref: string, reason: string, actor: string): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { node } = await takeNode(tx, ref)
    refuseActive(node)
    if (node.hold === reason) return node
    await holdAll(tx, [node], reason, actor)
    return getNode(tx, node.id)
  })
}

/** Takes a person's hold back; what else speaks against provisioning is judged anew when the machine asks. @throws ProblemError not-found, wrong-state */
export async function releaseNode(db: Db, ref: string, actor: string): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { node } = await takeNode(tx, ref)
    const fault = whyNotHeld(node)
    if (fault) throw fault
    await releaseAll(tx, [node], actor)
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
