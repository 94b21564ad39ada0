import type { NewEvent, NodeInput } from '@eims/contracts'
import { audit, auditNodes } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { appendEvents } from '../events/events.ts'
import {
  fillIdentifiers,
  findCandidates,
  type Identifier,
  identifierRows,
  insertIdentifiers,
  lockIdentifiers,
} from '../identity/identifiers.ts'
import { normaliseIdentity } from '../identity/identity.ts'
import { matchIdentity } from '../identity/match.ts'
import { refuseShared } from '../identity/shared.ts'
import { refuseActive } from './hold.ts'
import { freeName, nameFromIdentifiers, nameTaken, renaming } from './name.ts'
import type { StoredNode } from './node-row.ts'
import { getNode, lockNode, noNode } from './nodes.ts'
import { plainColumns, referencesOf } from './references.ts'

/**
 * Puts a node into the registry, all of it or nothing; also as a part of a larger transaction. A node that appeared by
 * itself and is the machine which a person registers now is taken over.
 * @param node.registered false for a machine that appeared by itself: its placeholders are left out, a person's are refused
 * @throws ProblemError already-exists (which identifier or name, and whose), invalid-input (a placeholder, no such profile)
 */
export async function createNode(
  db: Db,
  node: { input: NodeInput; registered: boolean; actor: string; siteId: string },
): Promise<StoredNode> {
  const { input, registered, actor, siteId } = node
  const identifiers = identifierRows(registered ? withoutUndefined(input) : usable(input))
  const id = newId()
  return db.$transaction(async (tx) => {
    await lockIdentifiers(tx, identifiers)
    if (registered) await refuseShared(tx, identifiers)
    const known = registered ? await takeOver(tx, { input, identifiers, actor, siteId }) : null
    if (known) return known
    const name = await insertNode(tx, { id, siteId, registered, input, fallback: nameFromIdentifiers(identifiers) })
    await insertIdentifiers(tx, id, input.manufacturer ?? null, identifiers)
    const shown = wordsOf(identifiers)
    await appendEvents(tx, [
      registered
        ? { kind: 'node.registered', nodeId: id, message: `Registered as ${name} by ${actor}: ${shown}` }
        : { kind: 'node.discovered', nodeId: id, message: `Appeared by itself, now called ${name}: ${shown}` },
    ])
    if (registered) await audit(tx, { actor, action: 'node.create', of: { id, name }, after: input })
    return getNode(tx, id)
  })
}

const wordsOf = (identifiers: Identifier[]) => identifiers.map((each) => `${each.kind} ${each.shown}`).join(', ')

/**
 * Makes the one unregistered node that has some of the identifiers, and contradicts none, the one that a person
 * registers; null when there is no such node.
 */
async function takeOver(
  tx: Db,
  of: { input: NodeInput; identifiers: Identifier[]; actor: string; siteId: string },
): Promise<StoredNode | null> {
  const { input, identifiers, actor, siteId } = of
  const identity = normaliseIdentity(input)
  const candidates = await findCandidates(tx, identity)
  // A person's word about them is all that provisional identifiers lack.
  const match = matchIdentity(
    identity,
    candidates.map((each) => ({ ...each, provisional: [] })),
  )
  if (match.kind !== 'one' || candidates.find((each) => each.nodeId === match.nodeId)?.registered) return null
  const { nodeId: id } = match
  if (!(await lockNode(tx, id))) return null
  const before = await getNode(tx, id)
  const { name = before.name, manufacturer, product } = input
  const data = {
    name,
    registered: true,
    ...plainColumns({
      ...input,
      manufacturer: before.manufacturer ? undefined : manufacturer,
      product: before.product ? undefined : product,
    } as NodeInput),
    ...(await referencesOf(tx, siteId, input)),
  }
  await renaming(name, () => tx.node.update({ where: { id }, data, select: { id: true } }))
  await fillIdentifiers(tx, id, withoutUndefined(input), 'person')
  await appendEvents(tx, [
    { kind: 'node.registered', nodeId: id, message: `Taken over as ${name} by ${actor}: ${wordsOf(identifiers)}` },
  ])
  const was = { name: before.name, profile: before.profile, registered: false }
  await audit(tx, { actor, action: 'node.create', of: { id, name }, before: was, after: input })
  return getNode(tx, id)
}

const withoutUndefined = ({ serial, uuid, macs }: NodeInput) => ({
  macs,
  ...(serial === undefined ? {} : { serial }),
  ...(uuid === undefined ? {} : { uuid }),
})

function usable(input: NodeInput) {
  const { serialShown, uuid, macs } = normaliseIdentity(input)
  return withoutUndefined({ serial: serialShown, uuid, macs })
}

async function insertNode(
  tx: Db,
  node: { id: string; siteId: string; registered: boolean; input: NodeInput; fallback: string },
): Promise<string> {
  const { id, siteId, registered, input, fallback } = node
  const columns = { ...plainColumns(input), ...(await referencesOf(tx, siteId, input)) }
  for (;;) {
    const name = input.name ?? (await freeName(tx, siteId, fallback))
    const { count } = await tx.node.createMany({
      skipDuplicates: true,
      data: [
        {
          id,
          siteId,
          name,
          registered,
          ...columns,
          state: 'REGISTERED',
          desiredState: 'ONBOARDED',
          status: { code: registered ? 'registered' : 'discovered', slots: {} },
          statusIndicator: 'IDLE',
        },
      ],
    })
    if (count === 1) return name
    if (input.name !== undefined) throw nameTaken(name)
  }
}

/** That nodes are no more; to be made while they still are, since their batch is known by then only. */
export async function deletionsOf(
  tx: Db,
  nodes: Pick<StoredNode, 'id' | 'name'>[],
  message: string,
): Promise<NewEvent[]> {
  const where = { id: { in: nodes.map(({ id }) => id) } }
  const batches = await tx.node.findMany({ where, select: { id: true, batchId: true } })
  const batchOf = new Map(batches.map(({ id, batchId }) => [id, batchId]))
  return nodes.map(({ id, name }) => ({
    kind: 'node.deleted',
    nodeId: id,
    message,
    data: { name, batchId: batchOf.get(id) ?? null },
  }))
}

/** Removes nodes that are locked and that nothing speaks for, with their runs and logs; their events stay. */
export async function removeAll(tx: Db, nodes: StoredNode[], actor: string): Promise<void> {
  const ids = nodes.map(({ id }) => id)
  await tx.$executeRaw`
    delete from credential where scope in (select id from instance where node_id = any(${ids}::text[]))`
  await tx.$executeRaw`delete from log where node_id = any(${ids}::text[])`
  await appendEvents(tx, await deletionsOf(tx, nodes, `Removed by ${actor}`))
  await tx.$executeRaw`delete from node where id = any(${ids}::text[])`
  await auditNodes(
    tx,
    nodes.map(({ instance: _instance, run: _run, ...before }) => ({
      actor,
      action: 'node.delete',
      of: before,
      before,
    })),
  )
}

/** Removes a node with its runs and logs; its events stay. @throws ProblemError not-found, wrong-state while it is imaged */
export async function deleteNode(db: Db, ref: string, actor: string): Promise<void> {
  await db.$transaction(async (tx) => {
    const { id } = await getNode(tx, ref)
    if (!(await lockNode(tx, id))) throw noNode(ref)
    const node = await getNode(tx, id)
    refuseActive(node)
    await removeAll(tx, [node], actor)
  })
}
