import { createHash } from 'node:crypto'
import { isPlaceholderMac, isPlaceholderSerial, isPlaceholderUuid, ProblemError } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { uniqueViolation } from '../database/violation.ts'
import {
  canonicalUuid,
  differentMakers,
  type NormalIdentity,
  normaliseManufacturer,
  normaliseSerial,
} from './identity.ts'
import { type Candidate, type IdentityMatch, type MissingIdentifiers, matchIdentity, nodesOf } from './match.ts'
import { withoutShared } from './shared.ts'

/** A row of node_identifier to be: `value` is what matching compares, `shown` what people see. */
export interface Identifier {
  kind: 'serial' | 'uuid' | 'mac'
  value: string
  shown: string
}

/** Between a serial and its maker in `value`, where two makers gave the same serial; no label can hold it. */
const UNIT_SEPARATOR = '\u001f'

/** What a row's value is without the maker that may follow a serial. */
export const plainValue = ({ value }: { value: string }): string => value.split(UNIT_SEPARATOR, 1)[0]!

/** Identifiers in the form of their rows, sorted. Placeholders are refused: this is for what a person or a match says. */
export function identifierRows(from: { serial?: string; uuid?: string; macs: string[] }): Identifier[] {
  const refuse = (path: string, what: string) => {
    const message = `${what} is a placeholder that many machines share; it cannot identify one`
    throw new ProblemError('invalid-input', `${message}.`, [{ path, message }])
  }
  const rows: Identifier[] = from.macs.map((mac, index) => {
    if (isPlaceholderMac(mac)) refuse(`body.macs.${index}`, `MAC ${mac}`)
    return { kind: 'mac', value: mac, shown: mac }
  })
  if (from.serial !== undefined) {
    if (isPlaceholderSerial(from.serial)) refuse('body.serial', `Serial "${from.serial}"`)
    rows.push({ kind: 'serial', value: normaliseSerial(from.serial), shown: from.serial })
  }
  if (from.uuid !== undefined) {
    const value = canonicalUuid(from.uuid)
    if (isPlaceholderUuid(from.uuid) || isPlaceholderUuid(value)) refuse('body.uuid', `UUID ${from.uuid}`)
    rows.push({ kind: 'uuid', value, shown: from.uuid })
  }
  const distinct = new Map(rows.map((row) => [`${row.kind} ${row.value}`, row]))
  return [...distinct.values()]
}

export const rowsOfIdentity = (identity: NormalIdentity) =>
  identifierRows({
    macs: identity.macs,
    ...(identity.serial === undefined ? {} : { serial: identity.serial }),
    ...(identity.uuid === undefined ? {} : { uuid: identity.uuid }),
  })

/**
 * Which node a machine is, by what the registry holds now (the rules are matchIdentity's), and what of all that it says
 * counts: without what many machines of the site share.
 */
export async function identify(
  db: Db,
  said: NormalIdentity,
): Promise<{ identity: NormalIdentity; match: IdentityMatch }> {
  return (await identifyAll(db, [said]))[0]!
}

/** The same of many machines at once, each with the nodes that it is, or could be. One statement. */
export async function identifyAll(
  db: Db,
  all: NormalIdentity[],
): Promise<{ identity: NormalIdentity; match: IdentityMatch; candidates: Candidate[] }[]> {
  const { shared, candidates } = await findWithShared(db, all.flatMap(rowsOfIdentity))
  return all.map((said) => {
    const identity = withoutShared(said, shared)
    // Whoever shares nothing with a machine is none of its candidates: those of the others do no harm.
    const match = matchIdentity(identity, candidates)
    const ids = nodesOf(match)
    return { identity, match, candidates: candidates.filter(({ nodeId }) => ids.includes(nodeId)) }
  })
}

export const matchNode = async (db: Db, said: NormalIdentity): Promise<IdentityMatch> =>
  (await identify(db, said)).match

/** Every node that shares an identifier with the machine, with all its identifiers. One statement. */
export async function findCandidates(db: Db, identity: NormalIdentity): Promise<Candidate[]> {
  return (await findWithShared(db, rowsOfIdentity(identity))).candidates
}

/** The same, and what many machines of the site share, at no further statement: machines in their firmware wait for this. */
export async function findWithShared(
  db: Db,
  rows: Identifier[],
): Promise<{ shared: string[]; candidates: Candidate[] }> {
  if (rows.length === 0) return { shared: [], candidates: [] }
  const kinds = rows.map((row) => row.kind)
  const values = rows.map((row) => row.value)
  const found = await db.$queryRaw<{ shared: string[]; candidates: Candidate[] }[]>`
    with wanted as (select * from unnest(${kinds}::text[], ${values}::text[]) as wanted (kind, value)),
    hit as (
      select distinct i.node_id from node_identifier i
        join wanted w on i.kind = w.kind and split_part(i.value, chr(31), 1) = w.value
    ), found as (
    select n.id as "nodeId", n.name, n.registered, n.manufacturer,
           coalesce(array_agg(i.shown order by i.id) filter (where i.kind = 'serial'), '{}') as serials,
           coalesce(array_agg(i.shown order by i.id) filter (where i.kind = 'uuid'), '{}') as uuids,
           coalesce(array_agg(i.shown order by i.id) filter (where i.kind = 'mac'), '{}') as macs,
           coalesce(array_agg(i.kind || ' ' || split_part(i.value, chr(31), 1) order by i.id) filter (where i.provisional), '{}') as provisional
      from hit join node n on n.id = hit.node_id join node_identifier i on i.node_id = n.id
     group by n.id)
    select coalesce((select shared_identifiers from site limit 1), '{}') as shared,
           (select coalesce(json_agg(found order by "nodeId"), '[]') from found) as candidates`
  return found[0]!
}

/**
 * Until the transaction ends, nobody else decides about a machine that shares one of these identifiers: of fifty
 * onboardings of one serial, 49 wait here and then find the node that the first one made. Locks are taken in the
 * order of their numbers, so two machines that share some cannot wait for each other.
 */
export async function lockIdentity(tx: Db, identity: NormalIdentity): Promise<void> {
  await lockIdentifiers(tx, rowsOfIdentity(identity))
}

export async function lockIdentifiers(tx: Db, rows: Identifier[]): Promise<void> {
  if (rows.length === 0) return
  await tx.$executeRaw`select pg_advisory_xact_lock(key::bigint) from unnest(${lockKeys(rows)}::text[]) as key`
}

/** PURE: the numbers of their advisory locks, in decimal, in the order in which they are to be taken. */
export function lockKeys(rows: Identifier[]): string[] {
  const keys = rows.map((row) => createHash('sha256').update(`${row.kind} ${row.value}`).digest().readBigInt64BE())
  return [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1)).map(String)
}

/**
 * Writes down what is said beyond what is on record. The caller holds lockIdentity.
 * @param by `machine`: one that was recognised says it, so it is provisional; `person`: one who registers it
 */
export async function fillIdentifiers(
  db: Db,
  nodeId: string,
  said: MissingIdentifiers,
  by: 'machine' | 'person',
): Promise<void> {
  const rows = identifierRows(said)
  if (rows.length === 0) return
  const node = await db.node.findUniqueOrThrow({ where: { id: nodeId }, select: { manufacturer: true } })
  await insertIdentifiers(db, nodeId, node.manufacturer, rows, by)
}

/**
 * Inserts a node's identifiers. What it has already is provisional no more when a person says it, too.
 * @throws ProblemError already-exists, naming the identifier and whose it is
 */
export async function insertIdentifiers(
  db: Db,
  nodeId: string,
  manufacturer: string | null,
  identifiers: Identifier[],
  by: 'machine' | 'person' = 'person',
): Promise<void> {
  if (identifiers.length === 0) return
  const taken = await ownersOf(db, identifiers)
  const confirmed = taken.filter((row) => row.nodeId === nodeId && row.provisional).map(({ id }) => id)
  const data = free(taken, identifiers, manufacturer, nodeId)
  if (by === 'person' && confirmed.length > 0)
    await db.nodeIdentifier.updateMany({ where: { id: { in: confirmed } }, data: { provisional: false } })
  const provisional = by === 'machine'
  try {
    await db.nodeIdentifier.createMany({ data: data.map((row) => ({ id: newId(), nodeId, provisional, ...row })) })
  } catch (error) {
    throw uniqueViolation(error) === undefined ? error : takenMeanwhile()
  }
}

/**
 * The rows of a node that is new.
 * @throws ProblemError already-exists, naming the identifier and whose it is
 */
export const freeRows = async (db: Db, manufacturer: string | null, identifiers: Identifier[]): Promise<Identifier[]> =>
  free(await ownersOf(db, identifiers), identifiers, manufacturer, null)

/** What the node has to get of them; the second of two makers that give the same serial has its own name behind it. */
function free(taken: Owner[], identifiers: Identifier[], manufacturer: string | null, nodeId: string | null) {
  return identifiers.flatMap((identifier) => {
    const owners = taken.filter((row) => row.kind === identifier.kind && plainValue(row) === identifier.value)
    if (owners.some((owner) => owner.nodeId === nodeId)) return []
    const same = owners.find(
      (owner) => identifier.kind !== 'serial' || !differentMakers(manufacturer, owner.manufacturer),
    )
    if (same) throw takenBy(identifier, same.name)
    if (owners.length === 0) return [identifier]
    return [{ ...identifier, value: `${identifier.value}${UNIT_SEPARATOR}${normaliseManufacturer(manufacturer)}` }]
  })
}

/** Somebody wrote one of them between our look and our writing, without taking the locks. */
export const takenMeanwhile = () =>
  new ProblemError('already-exists', 'Another node took one of these identifiers a moment ago.')

interface Owner {
  id: string
  kind: string
  value: string
  provisional: boolean
  nodeId: string
  name: string
  manufacturer: string | null
}

/** Whose these identifiers are by now; of a serial all its makers. */
async function ownersOf(db: Db, identifiers: Identifier[]): Promise<Owner[]> {
  const kinds = identifiers.map((each) => each.kind)
  const values = identifiers.map((each) => each.value)
  return db.$queryRaw<Owner[]>`
    select i.id, i.kind, i.value, i.provisional, n.id as "nodeId", n.name, n.manufacturer
      from unnest(${kinds}::text[], ${values}::text[]) as wanted (kind, value)
      join node_identifier i on i.kind = wanted.kind and split_part(i.value, chr(31), 1) = wanted.value
      join node n on n.id = i.node_id`
}

const words = { serial: 'Serial', uuid: 'UUID', mac: 'MAC' } as const

function takenBy(identifier: Identifier, owner: string): ProblemError {
  return new ProblemError('already-exists', `${words[identifier.kind]} ${identifier.shown} belongs to node ${owner}.`)
}
