import type { NodeFacts, SiteFacts } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { failedFacts, nodeFacts, siteFacts } from './judge-facts.ts'

const { sql } = Prisma

const isActive = sql`r.state in ('PENDING', 'RUNNING')`
const itsInstance = sql`select 1 from instance i where i.node_id = n.id and i.ended_at is null`

/** Of the row `n`: no OS is on it, or was begun, and no run is under way. */
const isIdle = sql`(not exists (${itsInstance} and i.state <> 'PENDING')
  and not exists (select 1 from run r where r.node_id = n.id and ${isActive}))`

/**
 * Of the row `n`: what the judge says of it when it is idle follows from its kind. It looks at the disks of those that
 * nobody registered, and a fault of a plan is compared with what the profile is now.
 */
const isOfKind = sql`(n.registered and n.plan_fault is null)`

/**
 * Of the row `n` that is idle: two with the same are judged alike, whatever their names, and whatever they are held for.
 * All that the judge (packages/workflow) reads of such a node must be in it. An instance of one can only be a pending one,
 * of which there are few.
 */
const kind = sql`concat_ws(chr(31), n.site_id, coalesce(n.profile_id, ''), n.state, n.netboot_policy,
  n.hold is null, exists (${itsInstance} and i.state = 'PENDING'), coalesce(n.inventory ->> 'architecture', ''))`

/** Of the row `n`: it is idle, and of a kind that is among those, a list of keys. */
export const isIdleOf = (keys: Prisma.Sql) => sql`(${isOfKind} and ${isIdle} and ${kind} in ${keys})`

/** What judgements about all nodes that may be waiting rest on. */
interface IdleFacts {
  site: SiteFacts
  /** one node of each kind of idle nodes, of which a hall of any size has a few */
  kinds: { key: string; node: NodeFacts }[]
  /** nodes that are judged each by itself */
  nodes: NodeFacts[]
}

/** Runs of those nodes. By OFFSET each is looked at only when it is known to be of one: what failed in it takes longer. */
const activeAmong = (among: Prisma.Sql) =>
  sql`select r.* from run r join node n on n.id = r.node_id where ${isActive} and ${among} offset 0`

/**
 * All by one statement, which takes each idle node into its hands, but puts together the facts of a few.
 * @param among a condition on `n`: of these nodes alone
 */
export async function factsOfIdle(db: Db, among = sql`true`): Promise<IdleFacts> {
  const rows = await db.$queryRaw<IdleFacts[]>`
    select ${siteFacts} as site,
           (select coalesce(json_agg(json_build_object('key', k.key, 'node', ${nodeFacts})), '[]')
              from (select ${kind} as key, min(n.id) as id from node n where ${among} and ${isOfKind} and ${isIdle} group by 1) k
              join node n on n.id = k.id) as kinds,
           (select coalesce(json_agg(${nodeFacts}), '[]')
              from (select n.id from node n where ${among} and not ${isOfKind} and ${isIdle}
                    union all
                    select r.node_id from (${activeAmong(among)}) r
                     where r.paused_at is not null or r.away is not null or ${failedFacts} is not null) x
              join node n on n.id = x.id) as nodes`
  return rows[0]!
}
