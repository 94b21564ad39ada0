import { type AdoptInput, type HeldNode, ProblemError, worded } from '@eims/contracts'
import { auditNodes, auditSql, type NodeEntry } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { appendEvents, eventsSql } from '../events/events.ts'
import { identifierRows, insertIdentifiers, lockIdentifiers } from '../identity/identifiers.ts'
import { normaliseSerial } from '../identity/identity.ts'
import { refuseShared, sharedIdentifiers } from '../identity/shared.ts'
import { renaming } from './name.ts'
import type { NodeRecord, StoredNode } from './node-row.ts'
import { getNode, nodeById, takeNode } from './nodes.ts'
import { referencesOf } from './references.ts'

/** What speaks against it while a run of it is PENDING or RUNNING; null: nothing does. */
export const whyActive = ({ name, run }: Pick<NodeRecord, 'name' | 'run'>): ProblemError | null =>
  run?.state === 'PENDING' || run?.state === 'RUNNING'
    ? new ProblemError('wrong-state', { code: 'run-under-way', slots: { node: name } })
    : null

/** What speaks against releasing a node; null: somebody holds it. */
export const whyNotHeld = ({ name, hold }: Pick<NodeRecord, 'name' | 'hold'>): ProblemError | null =>
  hold === null ? new ProblemError('wrong-state', { code: 'nobody-holds-it', slots: { node: name } }) : null

/** What speaks against adopting a node; null: it appeared by itself. */
export const whyRegistered = ({ name, registered }: Pick<NodeRecord, 'name' | 'registered'>): ProblemError | null =>
  registered ? new ProblemError('wrong-state', { code: 'registered-already', slots: { node: name } }) : null

/** @throws ProblemError wrong-state while a run of it is PENDING or RUNNING */
export function refuseActive(node: Pick<NodeRecord, 'name' | 'run'>): void {
  const fault = whyActive(node)
  if (fault) throw fault
}

type Held = Pick<NodeRecord, 'id' | 'name' | 'hold'>

/** A node that was held or released, and what stood there before. */
export type StoredHeld = StoredNode & Pick<HeldNode, 'before'>

/** Holds nodes that are locked and have no run under way; one that is held for that reason already is left as it is. */
export async function holdAll(tx: Db, all: Held[], reason: string, actor: string): Promise<void> {
  const nodes = all.filter(({ hold }) => hold !== reason)
  if (nodes.length === 0) return
  await setHold(tx, nodes, reason, {
    data: { how: 'held', by: actor, because: reason },
    entry: { actor, action: 'node.hold', reason },
  })
}

/** Releases nodes that are locked and held. */
export const releaseAll = (tx: Db, nodes: Held[], actor: string): Promise<void> =>
  setHold(tx, nodes, null, { data: { how: 'released', by: actor }, entry: { actor, action: 'node.release' } })

/** By one statement: the column, what the timeline tells of it, and the entries of the audit log. */
async function setHold(
  tx: Db,
  nodes: Held[],
  hold: string | null,
  { data, entry }: { data: { how: string; by: string; because?: string }; entry: Omit<NodeEntry, 'of' | 'before'> },
): Promise<void> {
  const ids = nodes.map(({ id }) => id)
  const events = ids.map((nodeId) => worded({ kind: 'node.changed', nodeId, data }))
  await tx.$executeRaw`
    with changed as (
      update node set hold = ${hold}, updated_at = clock_timestamp() where id = any(${ids}::text[])
    ), told as (${eventsSql(events)})
    ${auditSql(nodes.map((node) => ({ ...entry, of: node, before: { hold: node.hold } })))}`
}

/**
 * Keeps a node from being provisioned until it is released; again with another reason changes the reason.
 * @throws ProblemError not-found; wrong-state while a run is active
 */
export async function holdNode(db: Db, ref: string, reason: string, actor: string): Promise<StoredHeld> {
  return db.$transaction(async (tx) => {
    const { node } = await takeNode(tx, ref)
    refuseActive(node)
    const before = { hold: node.hold }
    if (node.hold === reason) return { ...node, before }
    await holdAll(tx, [node], reason, actor)
    return { ...(await nodeById(tx, node.id)), before }
  })
}

/** Takes a person's hold back; what else speaks against provisioning is judged anew when the machine asks. @throws ProblemError not-found, wrong-state */
export async function releaseNode(db: Db, ref: string, actor: string): Promise<StoredHeld> {
  return db.$transaction(async (tx) => {
    const { node } = await takeNode(tx, ref)
    const fault = whyNotHeld(node)
    if (fault) throw fault
    await releaseAll(tx, [node], actor)
    return { ...(await nodeById(tx, node.id)), before: { hold: node.hold } }
  })
}

/**
 * Makes nodes that are locked and appeared by themselves registered ones.
 * @param input with a name only for one node
 * @throws ProblemError already-exists (name), invalid-input (profile, batch)
 */
export async function adoptAll(
  tx: Db,
  nodes: Pick<NodeRecord, 'id' | 'name' | 'profile' | 'batch'>[],
  input: AdoptInput,
  actor: string,
): Promise<void> {
  const ids = nodes.map(({ id }) => id)
  const { siteId } = await tx.node.findUniqueOrThrow({ where: { id: ids[0]! }, select: { siteId: true } })
  const data = {
    ...(input.name === undefined ? {} : { name: input.name }),
    registered: true,
    ...(await referencesOf(tx, siteId, input)),
  }
  await renaming(input.name ?? '', () => tx.node.updateMany({ where: { id: { in: ids } }, data }))
  const called = nodes.map((node) => ({ ...node, was: node.name, name: input.name ?? node.name }))
  await appendEvents(
    tx,
    called.map(({ id, name }) =>
      worded({ kind: 'node.registered', nodeId: id, data: { how: 'adopted', name, by: actor } }),
    ),
  )
  await auditNodes(
    tx,
    called.map(({ id, name, was, profile, batch }) => ({
      actor,
      action: 'node.adopt',
      of: { id, name },
      before: { name: was, profile, batch, registered: false },
      after: { ...input, registered: true },
    })),
  )
}

function hasSerial(serial: string): ProblemError {
  const message = `cannot be given: it has the serial ${serial}; change that one with PATCH`
  return new ProblemError('invalid-input', `body.serial ${message}.`, [{ path: 'body.serial', message }])
}

/**
 * Makes a machine that appeared by itself a registered one.
 * @throws ProblemError not-found; wrong-state when it is one; already-exists (name, serial), invalid-input (profile, batch,
 *         a serial where it has another one, or one that identifies nothing)
 */
export async function adoptNode(db: Db, ref: string, input: AdoptInput, actor: string): Promise<StoredNode> {
  const identifiers = input.serial === undefined ? [] : identifierRows({ serial: input.serial, macs: [] })
  return db.$transaction(async (tx) => {
    await lockIdentifiers(tx, identifiers)
    const { node } = await takeNode(tx, ref)
    const fault = whyRegistered(node)
    if (fault) throw fault
    refuseShared(await sharedIdentifiers(tx), identifiers)
    if (node.serial !== null && identifiers.some(({ value }) => value !== normaliseSerial(node.serial ?? '')))
      throw hasSerial(node.serial)
    await insertIdentifiers(tx, node.id, node.manufacturer, identifiers)
    await adoptAll(tx, [node], input, actor)
    return getNode(tx, node.id)
  })
}
