import { type NodeInput, worded } from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import { withShownConfig } from '../catalogue/config-files.ts'
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
import { newNodeSql, toldOf } from './new-row.ts'
import { type JudgedNode, type JudgedRow, judgedOfRow, readJudged, type StoredNode } from './node-row.ts'
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
 * @returns it as it stands afterwards, with what it is judged by
 * @throws ProblemError as addNode does; not-found when it was removed at once
 */
export async function registerNode(registry: Registry, node: Omit<New, 'registered'>): Promise<JudgedNode> {
  const sought = { ...node, registered: true, identifiers: identifierRows(withoutUndefined(node.input)) }
  // The note of a request that happens once (database/claim.ts) is a statement of its own, so both need a transaction.
  const written = isClaimed() ? null : await insertUnknown(registry.db, sought)
  const added = written ?? (await registry.transaction((tx) => putNode(tx, sought)))
  if (added.facts) return { node: added.node, facts: added.facts }
  const judged = await readJudged(registry.db, added.node.id)
  if (!judged) throw noNode(added.node.id)
  return judged
}

/**
 * @returns null, with nothing written, when somebody else decides about one of its identifiers or has it, its name is
 *          another's, or something that it names is not there
 */
async function insertUnknown(db: Db, node: Sought): Promise<JudgedNode | null> {
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
    return await insertRow(db, node, row)
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
export const addNode = async (tx: Db, node: New): Promise<StoredNode> => (await putNode(tx, node)).node

/** What it is judged by is told of a new one only. */
async function putNode(tx: Db, node: New): Promise<{ node: StoredNode; facts: JudgedNode['facts'] | null }> {
  const { input, registered } = node
  const sought = { ...node, identifiers: identifierRows(registered ? withoutUndefined(input) : usable(input)) }
  await lockIdentifiers(tx, sought.identifiers)
  const { shared, candidates } = await findWithShared(tx, sought.identifiers)
  if (registered) refuseShared(shared, sought.identifiers)
  const known = registered ? await takeOver(tx, sought, candidates) : null
  return known ? { node: known, facts: null } : insertNode(tx, sought, candidates.length > 0)
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
    worded({
      kind: 'node.registered',
      nodeId: id,
      data: { how: 'taken-over', name, by: actor, identifiers: toldOf(identifiers) },
    }),
  ])
  const was = { name: before.name, profile: before.profile, registered: false }
  await audit(tx, { actor, action: 'node.create', of: { id, name }, before: was, after: withShownConfig(input) })
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
async function insertNode(tx: Db, node: Sought, someAreKnown: boolean): Promise<JudgedNode> {
  const { siteId, input, identifiers } = node
  const id = newId()
  const fallback = nameFromIdentifiers(identifiers)
  await referencesOf(tx, siteId, input)
  const rows = someAreKnown ? await freeRows(tx, input.manufacturer ?? null, identifiers) : identifiers
  for (let name = input.name ?? fallback; ; name = await freeName(tx, siteId, fallback)) {
    const made = await insertRow(tx, node, { id, name, rows }).catch((error: unknown) => {
      throw uniqueViolation(error) === undefined ? error : takenMeanwhile()
    })
    if (made) return made
    if (input.name !== undefined) throw nameTaken(name)
  }
}

/** null: newNodeSql wrote nothing. */
async function insertRow(db: Db, node: Sought, row: Parameters<typeof newNodeSql>[1]): Promise<JudgedNode | null> {
  const [made] = await db.$queryRaw<JudgedRow[]>(newNodeSql(node, row))
  return made ? judgedOfRow(made) : null
}
