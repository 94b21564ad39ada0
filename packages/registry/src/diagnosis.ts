import { type DiagnosisQuery, type Event, type NodeDetail, ProblemError } from '@eims/contracts'
import type { Db } from './database/database.ts'
import { eventsOf } from './events/events.ts'
import { Prisma } from './generated/client.ts'
import { findCandidates } from './identity/identifiers.ts'
import {
  canonicalUuid,
  type NormalIdentity,
  normaliseIdentity,
  normaliseSerial,
  uuidTwin,
} from './identity/identity.ts'
import { findNodeId, nodeDetail } from './nodes/nodes.ts'
import { currentInstance } from './runs/instances.ts'

/** Everything that the registry holds of one machine, also of one that is no node. */
export interface MachineRecord {
  /** as it was asked for */
  subject: string
  node: Omit<NodeDetail, 'waiting'> | null
  /** of the node, and those under which this machine was heard */
  macs: string[]
  /** oldest first, the newest thousand */
  events: Event[]
  /** milliseconds since 1970: by then the installed OS must have reported itself */
  phoneHomeDueAt: number | null
  /** when the agent of its newest boot was last heard of; null: none ever onboarded */
  agentSeenAt: number | null
  /** who else is heard, of late */
  lan: LanRecord
}

/** Times in milliseconds since 1970. */
interface LanRecord {
  /** when a machine's firmware was heard last; null: none of late */
  heardAt: number | null
  /** of no node, the ones most like the asked MAC first */
  strangers: { mac: string; at: number }[]
}

const nothing = Prisma.sql`false`
const EVENTS = 1000
const MACS = 32
/** So many of the newest events tell who else is on the LAN. */
const LAN_EVENTS = 2000
const STRANGERS = 5
/** What `eims doctor` asks the LAN with. */
const DOCTOR = '02:65:69:6d:73:01'

/**
 * What is known of the machine that the query names.
 * @throws ProblemError not-found (no node of that name, or a serial or UUID that nobody said yet), identity-conflict
 *         (several nodes), invalid-input (a placeholder, which names no machine)
 */
export async function machineRecord(db: Db, query: DiagnosisQuery): Promise<MachineRecord> {
  const [field, subject] = Object.entries(query).find(([, value]) => value !== undefined) as [string, string]
  const nodeId = query.node === undefined ? await nodeOf(db, query, field) : await findNodeId(db, query.node)
  if (query.node !== undefined && nodeId === null) throw new ProblemError('not-found', `There is no node ${subject}.`)
  const node = nodeId === null ? null : await nodeDetail(db, nodeId)
  const macs = await macsOf(db, node, query)
  if (node === null && macs.length === 0)
    throw new ProblemError('not-found', `No machine is known by the ${field} ${subject}; ask by its MAC (--mac).`)
  const [events, seen, instance, lan] = await Promise.all([
    eventsOf(db, nodeId, macs, EVENTS),
    agentSeen(db, nodeId, macs),
    nodeId === null ? null : currentInstance(db, nodeId),
    lanOf(db, macs),
  ])
  const conflicts = node ? [] : await conflictsOf(db, macs)
  return {
    subject,
    node,
    macs,
    events: [...events, ...conflicts].sort((a, b) => a.at.localeCompare(b.at)),
    phoneHomeDueAt: instance?.phoneHomeDueAt ?? null,
    agentSeenAt: seen,
    lan,
  }
}

async function nodeOf(db: Db, { mac, serial, uuid }: DiagnosisQuery, field: string): Promise<string | null> {
  const identity = normaliseIdentity({
    macs: mac ? [mac] : [],
    ...(serial ? { serial } : {}),
    ...(uuid ? { uuid } : {}),
  })
  if (identity.macs.length === 0 && !identity.serial && !identity.uuid) {
    const message = 'is a placeholder that many machines share; it names none of them'
    throw new ProblemError('invalid-input', `query.${field} ${message}`, [{ path: `query.${field}`, message }])
  }
  const [one, other] = await findCandidates(db, identity as NormalIdentity)
  if (one && other)
    throw new ProblemError('identity-conflict', `That is ${one.name} and ${other.name}; use a node's name.`)
  return one?.nodeId ?? null
}

/**
 * Firmware says a UUID from its first DISCOVER on and the serial in its boot script, long before an agent tells the
 * MACs to whom they belong. MACs of other nodes are left out: docks and adapters travel.
 */
async function macsOf(db: Db, node: MachineRecord['node'], query: DiagnosisQuery): Promise<string[]> {
  const serial = node?.serial ?? query.serial ?? null
  const uuid = node?.uuid ?? query.uuid
  const uuids = uuid ? [canonicalUuid(uuid), uuidTwin(canonicalUuid(uuid))] : []
  const known = node?.macs ?? (query.mac ? [query.mac] : [])
  // Neither is indexed for this: what is not known must not cost a search.
  const byUuid = (column: Prisma.Sql) =>
    uuids.length === 0 ? nothing : Prisma.sql`lower(${column}) = any(${uuids}::text[])`
  const bySerial =
    serial === null
      ? nothing
      : // lower() of many a database leaves all letters but ASCII's as they are
        Prisma.sql`(lower(regexp_replace(trim(identity->>'serial'), '\\s+', ' ', 'g')) = ${normaliseSerial(serial)} or identity->>'serial' = ${serial})`
  const rows = await db.$queryRaw<{ mac: string }[]>`
    select distinct mac from (
      (select mac from event where node_id = ${node?.id ?? null} and kind in ('boot.decision', 'agent.onboarded') order by id desc limit 200)
      union all
      (select mac from event where node_id is null and kind like 'dhcp.%' and ${byUuid(Prisma.sql`data->>'uuid'`)} order by id desc limit 200)
      union all
      (select boot_mac from boot_session where ${byUuid(Prisma.sql`identity->>'uuid'`)} or ${bySerial} limit 200)
    ) heard
    where mac is not null
      and not exists (select 1 from node_identifier i where i.kind = 'mac' and i.value = heard.mac and i.node_id is distinct from ${node?.id ?? null})
    limit ${MACS}`
  return [...new Set([...known, ...rows.map(({ mac }) => mac)])].slice(0, MACS)
}

/** A machine whose identifiers contradict stands on the timelines of those that it could be, by its MAC. */
async function conflictsOf(db: Db, macs: string[]): Promise<Event[]> {
  const rows = await db.event.findMany({
    where: { kind: 'identity.conflict', mac: { in: macs }, nodeId: { not: null } },
    orderBy: { id: 'desc' },
    take: 20,
  })
  return rows.map((row) => ({
    id: String(row.id),
    kind: 'identity.conflict',
    at: row.at.toISOString(),
    lastAt: row.lastAt.toISOString(),
    count: row.count,
    nodeId: row.nodeId,
    mac: row.mac,
    runId: row.runId,
    message: row.message,
    data: row.data as Event['data'],
  }))
}

/** The agent of a machine that is none of the nodes, because its identifiers contradict, is not that of any candidate. */
async function agentSeen(db: Db, nodeId: string | null, macs: string[]): Promise<number | null> {
  const rows = await db.$queryRaw<{ at: Date | null }[]>`
    select max(coalesce(seen_at, onboarded_at)) as at from boot_session
     where onboarded_at is not null and (node_id = ${nodeId} or (${nodeId}::text is null and node_id is null and boot_mac = any(${macs}::text[])))`
  return rows[0]?.at?.getTime() ?? null
}

async function lanOf(db: Db, macs: string[]): Promise<LanRecord> {
  const rows = await db.$queryRaw<{ mac: string; at: Date; stranger: boolean }[]>`
    select mac, max(last_at) as at,
           not exists (select 1 from node_identifier i where i.kind = 'mac' and i.value = mac)
             and max(last_at) > clock_timestamp() - interval '1 hour' as stranger
      from (select mac, last_at, kind from event order by id desc limit ${LAN_EVENTS}) newest
     where kind like 'dhcp.%' and mac is not null and mac <> ${DOCTOR} and mac <> all(${macs}::text[])
     group by mac order by at desc`
  const unlike = (mac: string) => Math.min(12, ...macs.map((asked) => differences(mac, asked)))
  return {
    heardAt: rows[0]?.at.getTime() ?? null,
    strangers: rows
      .filter(({ stranger }) => stranger)
      .map(({ mac, at }) => ({ mac, at: at.getTime() }))
      .sort((a, b) => unlike(a.mac) - unlike(b.mac))
      .slice(0, STRANGERS),
  }
}

/** In how many digits two MACs differ. */
const differences = (one: string, other: string) =>
  one.split('').filter((digit, index) => digit !== other[index]).length
