import {
  type Inventory,
  isPlaceholderManufacturer,
  type NodeDetail,
  ProblemError,
  shown,
  withHiddenSecrets,
} from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { CLOCK_LOCK } from '../database/row-lock.ts'
import { Prisma } from '../generated/client.ts'
import { canonicalUuid, normaliseSerial } from '../identity/identity.ts'
import { listed, listWith } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { nodeListing } from '../listing/tables.ts'
import { judgeFacts } from '../runs/judge-facts.ts'
import { alike } from './alike.ts'
import { type JudgedNode, readNodes, type StoredNode } from './node-row.ts'
import { fieldsFor, type WaitingReader } from './waiting.ts'

/**
 * The node that `ref` names: its id, else its name, else its serial, UUID or MAC in any notation.
 * @throws ProblemError identity-conflict when the serial is that of nodes of several makers
 */
export async function findNodeId(db: Db, ref: string): Promise<string | null> {
  const rows = await db.$queryRaw<{ id: string; name: string; rank: number }[]>`
    select n.id, n.name, min(found.rank)::int as rank from (
      select id, 0 as rank from node where id = ${ref}
      union all select id, 1 from node where name = ${ref.toLowerCase()}
      union all select node_id, 2 from node_identifier
        where (kind, split_part(value, chr(31), 1)) in (${Prisma.join(asIdentifiers(ref))})
    ) found join node n on n.id = found.id
    group by n.id order by rank, n.id limit 2`
  const [first, second] = rows
  if (first && second && first.rank === second.rank)
    throw new ProblemError('identity-conflict', `${ref} is ${first.name} and ${second.name}; use a node's name.`)
  return first?.id ?? null
}

function asIdentifiers(ref: string): Prisma.Sql[] {
  const pair = (kind: string, value: string) => Prisma.sql`(${kind}, ${value})`
  const digits = ref.toLowerCase().replace(/[-:.]/g, '')
  const pairs = [pair('serial', normaliseSerial(ref))]
  if (/^[0-9a-f]{12}$/.test(digits)) pairs.push(pair('mac', (digits.match(/../g) ?? []).join(':')))
  if (/^[0-9a-f]{32}$/.test(digits))
    pairs.push(pair('uuid', canonicalUuid(digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))))
  return pairs
}

/** A node by id, name, serial, UUID or MAC. */
export async function findNode(db: Db, ref: string): Promise<StoredNode | null> {
  const id = await findNodeId(db, ref)
  return id === null ? null : ((await readNodes(db, Prisma.sql`n.id = ${id}`, 1))[0] ?? null)
}

/** @throws ProblemError not-found */
export async function getNode(db: Db, ref: string): Promise<StoredNode> {
  const node = await findNode(db, ref)
  if (!node) throw noNode(ref)
  return node
}

/** What of a node is shown of it alone. */
type Behind = Pick<NodeDetail, 'inventory' | 'medium' | 'claimedMac' | 'hardware'> & { config: string | null }

/** @throws ProblemError not-found */
export async function nodeDetail(db: Db, ref: string): Promise<Omit<NodeDetail, 'waiting'>> {
  const node = await getNode(db, ref)
  const [row] = await db.$queryRaw<Behind[]>`
    select n.inventory, n.claimed_mac as "claimedMac", n.config, n.hardware,
           (select i.origin -> 'medium' from instance i where i.node_id = n.id and i.ended_at is null limit 1) as medium
      from node n where n.id = ${node.id}`
  const warnings = (await alike(db, node.id)).map(shown)
  return {
    ...node,
    inventory: row?.inventory ?? null,
    medium: row?.medium ?? null,
    claimedMac: row?.claimedMac ?? null,
    hardware: row?.hardware ?? null,
    config: row?.config ? withHiddenSecrets(row.config) : null,
    warnings,
  }
}

/** Those of these ids that there are, in any order. */
export const nodesById = (db: Db, ids: string[]): Promise<StoredNode[]> =>
  readNodes(db, Prisma.sql`n.id = any(${ids}::text[])`, ids.length)

export const noNode = (ref: string) => new ProblemError('not-found', `There is no node ${ref}.`)

/**
 * Oldest first unless another order is asked for; with what every judgement about them rests on.
 * @param waitingOf who tells what nodes wait for, asked when the filter asks
 * @throws ProblemError invalid-input (filter, orderBy, pageToken)
 */
export async function listNodes(
  db: Db,
  page: Page,
  waitingOf?: WaitingReader,
): Promise<Listed<StoredNode> & Pick<JudgedNode, 'facts'>> {
  const listing = { ...nodeListing, ...(await fieldsFor(db, page.filter, waitingOf)) }
  const found = await listWith(db, listing, page, async (ids) => {
    const [nodes, facts] = await Promise.all([nodesById(db, ids), judgeFacts(db, ids)])
    return { nodes, facts }
  })
  const inOrder = listed(
    found,
    found.nodes,
    (node) => node.id,
    (node) => node,
  )
  return { ...inOrder, facts: found.facts }
}

/**
 * Takes the node for the rest of the transaction: what changes a node, its instance or its run does so first. Until then
 * nobody moves the instants of leases and the like (site/clock.ts).
 * @returns false when there is no such node
 */
export const lockNode = async (tx: Db, nodeId: string): Promise<boolean> => (await lockedSite(tx, nodeId)) !== null

/** The same. @returns the site that it is of; null when there is no such node */
async function lockedSite(tx: Db, nodeId: string): Promise<string | null> {
  const rows = await tx.$queryRaw<{ siteId: string }[]>`
    select pg_advisory_xact_lock_shared(hashtextextended(${CLOCK_LOCK}, 0))::text, site_id as "siteId"
      from node where id = ${nodeId} for update`
  return rows[0]?.siteId ?? null
}

/** The node of `ref`, locked for the rest of the transaction. @throws ProblemError not-found */
export async function takeNode(tx: Db, ref: string): Promise<{ node: StoredNode; siteId: string }> {
  const id = await findNodeId(tx, ref)
  const siteId = id === null ? null : await lockedSite(tx, id)
  if (id === null || siteId === null) throw noNode(ref)
  return { node: await nodeById(tx, id), siteId }
}

/** One that is locked. */
export async function nodeById(tx: Db, id: string): Promise<StoredNode> {
  const [node] = await nodesById(tx, [id])
  if (!node) throw noNode(id)
  return node
}

/** Notes that a person changed a node, where only its identifiers, which have rows of their own, were. */
export async function touchNode(tx: Db, nodeId: string): Promise<void> {
  await tx.$executeRaw`update node set updated_at = clock_timestamp() where id = ${nodeId}`
}

/** What the agent found; maker and product are taken over unless they are placeholders. */
export async function saveInventory(
  db: Db,
  nodeId: string,
  inventory: Inventory,
  identity: { manufacturer?: string | undefined; product?: string | undefined } = {},
): Promise<void> {
  const named = (text: string | undefined) => (text === undefined || isPlaceholderManufacturer(text) ? null : text)
  await db.$executeRaw`
    update node
       set inventory = ${JSON.stringify(inventory)}::jsonb, plan_fault = null, last_seen_at = clock_timestamp(), updated_at = clock_timestamp(),
           manufacturer = coalesce(${named(identity.manufacturer)}, manufacturer),
           product = coalesce(${named(identity.product)}, product)
     where id = ${nodeId}`
}

/**
 * What a machine was found to be that this site has not heard since: in the place of what was told in the same way. What an agent
 * told here stays, and the machine does not count as heard.
 */
export async function fillInventory(db: Db, nodeId: string, inventory: Inventory): Promise<void> {
  await db.$executeRaw`
    update node set inventory = ${JSON.stringify(inventory)}::jsonb, plan_fault = null, updated_at = clock_timestamp()
     where id = ${nodeId} and (inventory is null or last_seen_at is null)`
}
