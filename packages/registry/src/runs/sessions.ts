import type { Architecture, Firmware, MachineIdentity } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { Prisma } from '../generated/client.ts'
import { normaliseIdentity } from '../identity/identity.ts'

/** One boot of a machine into the Micro-OS, from the making of its `site.cpio` on. Times in ms since 1970, database clock. */
export interface BootSession {
  id: string
  nodeId: string | null
  identity: MachineIdentity
  bootMac: string | null
  architecture: Architecture | null
  firmware: Firmware | null
  /** its firmware had read iPXE before, and did not start it */
  refusedIpxe: boolean
  agentKeyHash: string | null
  createdAt: number
  /** until then an agent may onboard with the token */
  expiresAt: number
  /** by the database's clock when it was read */
  expired: boolean
  onboardedAt: number | null
}

type SessionRow = Omit<BootSession, 'createdAt' | 'expiresAt' | 'onboardedAt'> & {
  createdAt: Date
  expiresAt: Date
  onboardedAt: Date | null
}

/** The same as to_json gives it. */
export type SessionJson = Omit<BootSession, 'createdAt' | 'expiresAt' | 'onboardedAt'> & {
  createdAt: string
  expiresAt: string
  onboardedAt: string | null
}

export const sessionColumns = Prisma.sql`
  id, node_id as "nodeId", identity, boot_mac as "bootMac", architecture, firmware, refused_ipxe as "refusedIpxe", agent_key_hash as "agentKeyHash",
  created_at as "createdAt", expires_at as "expiresAt", expires_at < clock_timestamp() as expired, onboarded_at as "onboardedAt"`

function sessionOfRow(row: SessionRow): BootSession {
  return {
    ...row,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    onboardedAt: row.onboardedAt?.getTime() ?? null,
  }
}

export function sessionOfJson(row: SessionJson): BootSession {
  return {
    ...row,
    createdAt: Date.parse(row.createdAt),
    expiresAt: Date.parse(row.expiresAt),
    onboardedAt: row.onboardedAt === null ? null : Date.parse(row.onboardedAt),
  }
}

interface NewBootSession {
  /** hashSecret of the boot token; the token itself is not stored */
  tokenHash: string
  nodeId: string | null
  identity: MachineIdentity
  bootMac: string | null
  architecture: Architecture | null
  firmware: Firmware | null
  /** left out: not that anybody saw */
  refusedIpxe?: boolean
  /** how long an agent may onboard with the token */
  ttlSeconds: number
}

/**
 * Opens a session, in the place of those of the same boot MAC that no agent took. Not of the newest: a machine that
 * asked twice within two minutes may still fetch its site.cpio by the former token.
 */
export async function createBootSession(db: Db, session: NewBootSession): Promise<BootSession> {
  const { tokenHash, nodeId, identity, bootMac, architecture, firmware, refusedIpxe = false, ttlSeconds } = session
  const rows = await db.$queryRaw<SessionRow[]>`
    with former as (
      delete from boot_session
       where boot_mac = ${bootMac} and agent_key_hash is null and created_at < clock_timestamp() - interval '2 minutes')
    insert into boot_session (id, token_hash, node_id, identity, boot_mac, architecture, firmware, refused_ipxe, created_at, expires_at)
    values (${newId()}, ${tokenHash}, ${nodeId}, ${JSON.stringify(identity)}::jsonb, ${bootMac}, ${architecture}, ${firmware}, ${refusedIpxe},
            statement_timestamp(), statement_timestamp() + make_interval(secs => ${ttlSeconds}::float8))
    returning ${sessionColumns}`
  return sessionOfRow(rows[0]!)
}

export async function findBootSessionByToken(db: Db, tokenHash: string): Promise<BootSession | null> {
  const rows = await db.$queryRaw<
    SessionRow[]
  >`select ${sessionColumns} from boot_session where token_hash = ${tokenHash}`
  return rows[0] ? sessionOfRow(rows[0]) : null
}

export async function findBootSession(db: Db, id: string): Promise<BootSession | null> {
  const rows = await db.$queryRaw<SessionRow[]>`select ${sessionColumns} from boot_session where id = ${id}`
  return rows[0] ? sessionOfRow(rows[0]) : null
}

/**
 * Gives the session to the first agent that asks, for good. One statement, so of two agents only one gets it.
 * `of`: whose session it is (no node while the machine is quarantined), and the identity as the agent sees it.
 * @returns `bound` the first time, `same` when this key has it (a lost reply, a restarted agent), `other` when
 *          another key has it or there is no such session: nothing was changed
 */
export async function bindAgentKey(
  db: Db,
  sessionId: string,
  agentKeyHash: string,
  of: { nodeId: string | null; identity: MachineIdentity },
): Promise<'bound' | 'same' | 'other'> {
  const rows = await db.$queryRaw<{ fresh: boolean }[]>`
    update boot_session s
       set agent_key_hash = ${agentKeyHash}, node_id = ${of.nodeId}, identity = ${JSON.stringify(of.identity)}::jsonb, seen_at = clock_timestamp(),
           onboarded_at = coalesce(s.onboarded_at, clock_timestamp())
      from (select id, agent_key_hash is null as fresh from boot_session where id = ${sessionId} for update) was
     where s.id = was.id and (s.agent_key_hash is null or s.agent_key_hash = ${agentKeyHash})
    returning was.fresh`
  if (!rows[0]) return 'other'
  return rows[0].fresh ? 'bound' : 'same'
}

/**
 * A machine that onboards anew has booted anew: whatever held an older session of its node is over. Of those that are
 * over the newest stay.
 */
export async function endOtherSessions(db: Db, nodeId: string, sessionId: string): Promise<void> {
  await db.$executeRaw`
    delete from boot_session where id in (
      select id from boot_session where node_id = ${nodeId} and id <> ${sessionId} and agent_key_hash is null
       order by coalesce(seen_at, onboarded_at, created_at) desc offset ${SESSIONS_OF_NODE})`
  await db.$executeRaw`
    update boot_session set agent_key_hash = null, token_hash = 'ended ' || id
     where node_id = ${nodeId} and id <> ${sessionId} and agent_key_hash is not null`
}

/** One boot of a machine under a node's name, as far as it tells machines apart. Milliseconds since 1970. */
interface SessionOfNode {
  macs: string[]
  heardAt: number
  ended: boolean
  wrote: boolean
}

/** So many of the newest boots of a node are looked at. */
const SESSIONS_OF_NODE = 64

/**
 * The other boots of a node that came as far as their agent, the last heard first, and the MAC that a person said is the
 * node's.
 */
export async function sessionsOfNode(
  db: Db,
  nodeId: string,
  but: string | null,
): Promise<{ now: number; claimed: string | null; others: SessionOfNode[] }> {
  const rows = await db.$queryRaw<
    {
      now: Date
      claimed: string | null
      others: { macs: string[]; heardAt: string; ended: boolean; wrote: boolean }[]
    }[]
  >`
    select clock_timestamp() as now, (select claimed_mac from node where id = ${nodeId}) as claimed,
           (select coalesce(json_agg(x order by x."heardAt" desc), '[]') from (
              select s.identity -> 'macs' as macs, coalesce(s.seen_at, s.onboarded_at) as "heardAt",
                     s.agent_key_hash is null as ended,
                     exists (select 1 from attempt t join run r on r.id = t.run_id join instance i on i.id = r.instance_id
                              where t.session_id = s.id and r.node_id = s.node_id and r.state = 'SUCCEEDED'
                                and i.ended_at is null and i.state in ('PROVISIONED', 'RUNNING')) as wrote
                from boot_session s
               where s.node_id = ${nodeId} and s.id is distinct from ${but} and s.onboarded_at is not null
               order by coalesce(s.seen_at, s.onboarded_at) desc limit ${SESSIONS_OF_NODE}) x) as others`
  const { now, claimed, others } = rows[0]!
  return {
    now: now.getTime(),
    claimed,
    others: others.map((each) => ({
      ...each,
      macs: normaliseIdentity({ macs: each.macs }).macs,
      heardAt: Date.parse(each.heardAt),
    })),
  }
}

/**
 * The boots of machines whose agent came, and that are no node: of each boot MAC the one that was heard last, newest first.
 * @param seconds for which one that is not heard any more is told of
 * @returns at most `most` of them, with when each was heard (ms since 1970), and how many there are
 */
export async function nodelessSessions(
  db: Db,
  { seconds, most }: { seconds: number; most: number },
): Promise<{ sessions: (BootSession & { heardAt: number })[]; total: number }> {
  const rows = await db.$queryRaw<(SessionRow & { heardAt: Date; total: number })[]>`
    with nodeless as (
      select distinct on (coalesce(boot_mac, id)) ${sessionColumns}, coalesce(seen_at, onboarded_at) as "heardAt"
        from boot_session
       where node_id is null and agent_key_hash is not null
         and coalesce(seen_at, onboarded_at) > clock_timestamp() - make_interval(secs => ${seconds}::float8)
       order by coalesce(boot_mac, id), coalesce(seen_at, onboarded_at) desc)
    select *, count(*) over ()::int as total from nodeless order by "heardAt" desc, id desc limit ${most}::bigint`
  const sessions = rows.map((row) => ({ ...sessionOfRow(row), heardAt: row.heardAt.getTime() }))
  return { sessions, total: rows[0]?.total ?? 0 }
}

/** Sessions that wait for their agents, and those of machines that are no node, at most: a LAN can ask without end. */
const WAITING_SESSIONS = 20_000

/**
 * Forgets sessions that no agent ever took and whose token is over, those not heard of for a month, and the oldest beyond
 * `keep` of those that no agent took and of those that are no node's. How many.
 */
export async function dropExpiredSessions(db: Db, keep = WAITING_SESSIONS): Promise<number> {
  return db.$executeRaw`
    delete from boot_session
     where (expires_at < clock_timestamp()
            and (onboarded_at is null or coalesce(seen_at, onboarded_at) < clock_timestamp() - interval '30 days'))
        or id in (select id from boot_session where onboarded_at is null
                   order by created_at desc, id desc offset ${keep}::bigint)
        or id in (select id from boot_session where onboarded_at is not null and node_id is null
                   order by coalesce(seen_at, onboarded_at) desc, id desc offset ${keep}::bigint)`
}
