import type { NodeInput } from '@eims/contracts'
import { audit, auditSql } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { uniqueViolation } from '../database/violation.ts'
import { appendEvents, eventsSql } from '../events/events.ts'
import { Prisma } from '../generated/client.ts'
import {
  fillIdentifiers,
  findWithShared,
  freeRows,
  type Identifier,
  identifierRows,
  lockIdentifiers,
  takenMeanwhile,
} from '../identity/identifiers.ts'
import { normaliseIdentity } from '../identity/identity.ts'
import { type Candidate, matchIdentity } from '../identity/match.ts'
import { refuseShared } from '../identity/shared.ts'
import { freeName, nameFromIdentifiers, nameTaken, renaming } from './name.ts'
import { readNodes, type StoredNode } from './node-row.ts'
import { getNode, lockNode } from './nodes.ts'
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

const wordsOf = (identifiers: Identifier[]) => identifiers.map((each) => `${each.kind} ${each.shown}`).join(', ')

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
  const references = await referencesOf(tx, siteId, input)
  const rows = someAreKnown ? await freeRows(tx, input.manufacturer ?? null, identifiers) : identifiers
  let name = input.name ?? fallback
  while (!(await insertRows(tx, node, { id, name, references, rows }))) {
    if (input.name !== undefined) throw nameTaken(name)
    name = await freeName(tx, siteId, fallback)
  }
  return (await readNodes(tx, Prisma.sql`n.id = ${id}`, 1))[0]!
}

/**
 * A node with its identifiers, event and entry in the audit log, by one statement.
 * @param rows.rows `identifiers` as node_identifier gets them
 * @returns false when the name is another's: nothing is written then
 * @throws ProblemError already-exists, for identifiers
 */
async function insertRows(
  tx: Db,
  { siteId, input, registered, actor, identifiers }: Sought,
  { id, name, references, rows }: { id: string; name: string; references: References; rows: Identifier[] },
): Promise<boolean> {
  const { manufacturer, product, metadata = {}, disk, netbootPolicy = 'allowed', bootFile = null } = input
  const { profileId = null, batchId = null, accountId = null } = references
  const status = { code: registered ? 'registered' : 'discovered', slots: {} }
  const shown = wordsOf(identifiers)
  const event = registered
    ? ({ kind: 'node.registered', nodeId: id, message: `Registered as ${name} by ${actor}: ${shown}` } as const)
    : ({ kind: 'node.discovered', nodeId: id, message: `Appeared by itself, now called ${name}: ${shown}` } as const)
  const isMade = Prisma.sql`where exists (select from made)`
  const noted = registered
    ? Prisma.sql`, noted as (${auditSql([{ actor, action: 'node.create', of: { id, name }, after: input }])} ${isMade})`
    : Prisma.empty
  const column = (key: keyof Identifier) => rows.map((row) => row[key])
  const statement = Prisma.sql`
    with made as (
      insert into node (id, site_id, name, registered, manufacturer, product, metadata, disk, netboot_policy, boot_file,
                        profile_id, batch_id, account_id, state, desired_state, status, status_indicator)
      values (${id}, ${siteId}, ${name}, ${registered}, ${manufacturer || null}, ${product || null},
              ${JSON.stringify(metadata)}::jsonb, ${disk ? JSON.stringify(disk) : null}::jsonb, ${netbootPolicy}, ${bootFile},
              ${profileId}, ${batchId}, ${accountId}, 'REGISTERED', 'ONBOARDED', ${JSON.stringify(status)}::jsonb, 'IDLE')
      on conflict do nothing returning id
    ), identified as (
      insert into node_identifier (id, node_id, kind, value, shown)
      select i.id, made.id, i.kind, i.value, i.shown
        from made, unnest(${rows.map(() => newId())}::text[], ${column('kind')}::text[], ${column('value')}::text[], ${column('shown')}::text[])
          as i (id, kind, value, shown)
    ), told as (${eventsSql([event])} ${isMade})${noted}
    select from made`
  try {
    return (await tx.$executeRaw(statement)) === 1
  } catch (error) {
    throw uniqueViolation(error) === undefined ? error : takenMeanwhile()
  }
}

type References = Awaited<ReturnType<typeof referencesOf>>
