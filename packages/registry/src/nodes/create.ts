import type { NodeInput } from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import { isClaimed } from '../database/claim.ts'
import type { Db, Registry } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { isStillReferred, uniqueViolation } from '../database/violation.ts'
import { appendEvents } from '../events/events.ts'
import { Prisma } from '../generated/client.ts'
import {
  fillIdentifiers,
  findWithShared,
  freeRows,
  type Identifier,
  identifierRows,
  lockIdentifiers,
  lockKeys,
  takenMeanwhile,
} from '../identity/identifiers.ts'
import { normaliseIdentity } from '../identity/identity.ts'
import { type Candidate, matchIdentity } from '../identity/match.ts'
import { refuseShared } from '../identity/shared.ts'
import { freeName, nameFromIdentifiers, nameTaken, renaming } from './name.ts'
import { newNodeSql, wordsOf } from './new-row.ts'
import { readNodes, type StoredNode } from './node-row.ts'
import { getNode, lockNode, noNode } from './nodes.ts'
import { plainColumns, referencesOf } from './references.ts'

interface New {
  input: NodeInput
  /** false for a machine that appeared by itself: its placeholders are left out, a person's are refused */
  registered: boolean
  actor: string
  siteId: string
}

/** A node to be, with the identifiers that are to be its own. */
type Sought = New & { identifiers: Identifier[] }

/**
 * Registers what a person names. Most often nobody knows the machine yet, and one statement finds that out and writes all
 * of it; whatever stands in its way, addNode sees to.
 * @throws ProblemError as addNode does; not-found when it was removed at once
 */
export async function registerNode(registry: Registry, node: Omit<New, 'registered'>): Promise<StoredNode> {
  const sought = { ...node, registered: true, identifiers: identifierRows(withoutUndefined(node.input)) }
  // The note of a request that happens once (database/claim.ts) is a statement of its own, so both need a transaction.
  const id = isClaimed() ? null : await insertUnknown(registry.db, sought)
  if (id === null) return registry.transaction((tx) => addNode(tx, sought))
  const [made] = await readNodes(registry.db, Prisma.sql`n.id = ${id}`, 1)
  if (!made) throw noNode(id)
  return made
}

/**
 * @returns null, with nothing written, when somebody else decides about one of its identifiers or has it, its name is
 *          another's, or something that it names is not there
 */
async function insertUnknown(db: Db, node: Sought): Promise<string | null> {
  const { input, identifiers: rows } = node
  if (input.site) return null
  const id = newId()
  const kinds = rows.map(({ kind }) => kind)
  const values = rows.map(({ value }) => value)
  // Who had a lock when this statement began may have written since what it does not see: so nobody is waited for. What
  // ended just before is told by the unique index.
  const isUnknown = Prisma.sql`
    s.shared_identifiers = '{}'
    and (select bool_and(pg_try_advisory_xact_lock(key::bigint)) from unnest(${lockKeys(rows)}::text[]) as key)
    and not exists (select from unnest(${kinds}::text[], ${values}::text[]) as wanted (kind, value)
                      join node_identifier i on i.kind = wanted.kind and split_part(i.value, chr(31), 1) = wanted.value)`
  const row = { id, name: input.name ?? nameFromIdentifiers(rows), rows, onlyIf: isUnknown }
  try {
    return (await db.$executeRaw(newNodeSql(node, row))) === 1 ? id : null
  } catch (error) {
    if (uniqueViolation(error) === undefined && !isStillReferred(error)) throw error
    return null
  }
}

/** What addNode does, in a transaction of its own. */
export const createNode = (db: Db, node: New): Promise<StoredNode> => db.$transaction((tx) => addNode(tx, node))

/**
 * Puts a node into the registry; in a transaction, of which nothing may be kept when it throws. A node that appeared by
 * itself and is the machine which a person registers now is taken over.
 * @throws ProblemError already-exists (which identifier or name, and whose), invalid-input (a placeholder, no such profile)
 */
export async function addNode(tx: Db, node: New): Promise<StoredNode> {
  const { input, registered } = node
  const sought = { ...node, identifiers: identifierRows(registered ? withoutUndefined(input) : usable(input)) }
  await lockIdentifiers(tx, sought.identifiers)
  const { shared, candidates } = await findWithShared(tx, sought.identifiers)
  if (registered) refuseShared(shared, sought.identifiers)
  const known = registered ? await takeOver(tx, sought, candidates) : null
  return known ?? insertNode(tx, sought, candidates.length > 0)
}

/**
 * Makes the one unregistered node that has some of the identifiers, and contradicts none, the one that a person
 * registers; null when there is no such node.
 */
async function takeOver(tx: Db, of: Sought, candidates: Candidate[]): Promise<StoredNode | null> {
  const { input, identifiers, actor, siteId } = of
  // A person's word about them is all that provisional identifiers lack.
  const match = matchIdentity(
    normaliseIdentity(input),
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

/** @param someAreKnown whether another node has some of the identifiers */
async function insertNode(tx: Db, node: Sought, someAreKnown: boolean): Promise<StoredNode> {
  const { siteId, input, identifiers } = node
  const id = newId()
  const fallback = nameFromIdentifiers(identifiers)
  await referencesOf(tx, siteId, input)
  const rows = someAreKnown ? await freeRows(tx, input.manufacturer ?? null, identifiers) : identifiers
  let name = input.name ?? fallback
  while (!(await insertRows(tx, node, { id, name, rows }))) {
    if (input.name !== undefined) throw nameTaken(name)
    name = await freeName(tx, siteId, fallback)
  }
  return (await readNodes(tx, Prisma.sql`n.id = ${id}`, 1))[0]!
}

async function insertRows(tx: Db, node: Sought, row: Parameters<typeof newNodeSql>[1]): Promise<boolean> {
  try {
    return (await tx.$executeRaw(newNodeSql(node, row))) === 1
  } catch (error) {
    throw uniqueViolation(error) === undefined ? error : takenMeanwhile()
  }
}
