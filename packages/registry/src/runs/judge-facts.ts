import type { NodeFacts, Run, SiteFacts } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { AWAY_SECONDS } from './image-away.ts'
import { type RunJson, runJson, runOfJson } from './runs.ts'
import { type BootSession, type SessionJson, sessionColumns, sessionOfJson } from './sessions.ts'

const { sql } = Prisma

const profileFacts = sql`json_build_object(
  'name', p.name, 'architecture', p.architecture, 'finish', p.finish, 'kernelArgs', p.kernel_args,
  'phoneHomeTimeout', p.phone_home_timeout,
  'workflow', (select w.name from workflow w where w.id = p.workflow_id),
  'image', json_build_object('name', m.name, 'state', m.state, 'reason', m.reason))`

export const siteFacts = sql`(
  select json_build_object(
           'unknownPolicy', s.unknown_policy, 'autoProvision', s.auto_provision,
           'overwriteUnregistered', s.overwrite_unregistered,
           'defaultProfile', (select ${profileFacts} from profile p join image m on m.id = p.image_id
                               where p.id = s.default_profile_id))
    from site s limit 1)`

/** Of the run `r`: a machine that asks no more may long have its image again. */
const awayFacts = sql`case when r.state in ('PENDING', 'RUNNING')
  and (r.away ->> 'at')::timestamptz > clock_timestamp() - make_interval(secs => ${AWAY_SECONDS}::float8) then r.away end`

/** Of the run `r`: the action that is to be tried again. It is the one that comes next, so there is at most one. */
export const failedFacts = sql`(
  select json_build_object(
           'action', a.name, 'retries', coalesce((a.definition ->> 'retries')::int, 0),
           'backoff', coalesce((a.definition ->> 'backoff')::int, 0), 'why', t.reason,
           'ago', extract(epoch from clock_timestamp() - t.ended_at),
           'failures', (select count(*) from attempt f where f.run_id = a.run_id and f.action_id = a.id
                           and f.number > a.earlier and f.state in ('FAILED', 'TIMED_OUT')))
    from action a
    join lateral (select * from attempt l where l.run_id = a.run_id and l.action_id = a.id
                   order by l.number desc limit 1) t on t.number > a.earlier
   where a.run_id = r.id and a.state = 'PENDING' and t.state in ('FAILED', 'TIMED_OUT') limit 1)`

/** Of the row `n`. */
export const nodeFacts = sql`json_build_object(
  'id', n.id, 'name', n.name, 'registered', n.registered, 'state', n.state, 'netbootPolicy', n.netboot_policy,
  'status', n.status, 'hold', n.hold, 'lastSeenAt', n.last_seen_at,
  'architecture', n.inventory ->> 'architecture', 'disks', n.inventory -> 'disks',
  'profile', (select ${profileFacts} from profile p join image m on m.id = p.image_id
               where p.id = coalesce(n.profile_id, (select s.default_profile_id from site s where s.id = n.site_id))),
  'planFault', n.plan_fault,
  'instance', (select json_build_object('id', i.id, 'state', i.state, 'status', i.status, 'profile', ip.name)
                 from instance i left join profile ip on ip.id = i.profile_id
                where i.node_id = n.id and i.ended_at is null),
  'run', (select json_build_object('id', r.id, 'state', r.state, 'reason', r.reason, 'pause', r.pause, 'instanceId', r.instance_id,
                            'away', ${awayFacts}, 'failed', case when r.state = 'RUNNING' then ${failedFacts} end)
            from run r where r.node_id = n.id order by r.created_at desc, r.id desc limit 1))`

/** What every judgement about these nodes rests on, by one statement; a node that is gone is left out. */
export async function judgeFacts(db: Db, nodeIds: string[]): Promise<{ site: SiteFacts; nodes: NodeFacts[] }> {
  const rows = await db.$queryRaw<{ site: SiteFacts; nodes: NodeFacts[] }[]>`
    select ${siteFacts} as site,
           (select coalesce(json_agg(${nodeFacts} order by n.id), '[]') from node n where n.id = any(${nodeIds}::text[])) as nodes`
  return rows[0]!
}

/** Milliseconds for which a machine that was heard counts as heard just now: it need not be written again. */
export const HEARD_LATELY_MS = 5000
/** A time in the future was written before the clock was set back: nobody knows when. */
const heardLately = sql`between clock_timestamp() - make_interval(secs => ${HEARD_LATELY_MS / 1000}::float8) and clock_timestamp()`

/** One machine as its agent's calls find it. */
export interface MachineState {
  /** milliseconds since 1970, the database's clock */
  now: number
  session: BootSession | null
  site: SiteFacts
  node: NodeFacts | null
  /** the run that was asked for, else the node's newest, with its actions and attempts */
  run: Run | null
  /** both were noted as heard just now */
  seenLately: boolean
}

interface StateJson extends Omit<MachineState, 'now' | 'session' | 'run'> {
  now: string
  session: SessionJson | null
  run: RunJson | null
}

/**
 * Everything about one machine, by one statement. What changes a machine reads it after lockNode, in a statement of its
 * own: one that waits for the lock would see the rest as it was before.
 * @param of.sessionId the agent's boot session; its node, unless `nodeId` says which
 * @param of.runId     this run instead of the newest; null when it is not the node's
 */
export async function readMachine(
  db: Db,
  of: { sessionId?: string | undefined; nodeId?: string | undefined; runId?: string | undefined },
): Promise<MachineState> {
  const [sessionId, nodeId, runId] = [of.sessionId ?? null, of.nodeId ?? null, of.runId ?? null]
  const rows = await db.$queryRaw<{ state: StateJson }[]>`
    with of as (select s.* from (select 1) one left join boot_session s on s.id = ${sessionId}),
    its as (select n.* from of, node n where n.id = coalesce(${nodeId}, of.node_id))
    select json_build_object(
      'now', clock_timestamp(),
      'session', (select to_json(x) from (select ${sessionColumns} from of where id is not null) x),
      'site', ${siteFacts},
      'node', (select ${nodeFacts} from its n),
      'run', (select ${runJson} from its n join run r on r.node_id = n.id
               where ${runId}::text is null or r.id = ${runId} order by r.created_at desc, r.id desc limit 1),
      'seenLately', coalesce((select n.last_seen_at ${heardLately} and (of.id is null or of.seen_at ${heardLately})
                                from its n, of), false)
    ) as state`
  const { now, session, run, ...rest } = rows[0]!.state
  return { ...rest, now: Date.parse(now), session: session && sessionOfJson(session), run: run && runOfJson(run) }
}
