import { type HostState, type NewEvent, ProblemError, type Reason, type Run, type Status } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { uniqueViolation } from '../database/violation.ts'
import { eventsSql } from '../events/events.ts'
import { Prisma } from '../generated/client.ts'
import { type Confirmed, confirmSql } from '../identity/provisional.ts'
import { type InstanceChange, instanceSql, type NewInstance, newInstanceSql } from './instances.ts'
import type { NewLog } from './log-room.ts'
import { logsSql, trimSql } from './logs.ts'
import { runSqls } from './runs.ts'

const { sql } = Prisma

/** How a host or an instance stands: what it is, and how a person sees it at a glance. */
interface StatusChange {
  reason: Reason
  indicator: Status['indicator']
}

/** What a piece of work has to write about one machine. What is left out stays as it was. */
export interface Changes {
  /** `seen`: the machine was heard just now */
  node?: {
    id: string
    state?: HostState
    status?: StatusChange
    seen?: boolean
    /** why its workflow makes no run; null: it made one */
    planFault?: Reason | null
  }
  instance?: InstanceChange & { id: string }
  newInstance?: NewInstance
  /** `before` is what was read under the node's lock; null: the run is new */
  run?: { before: Run | null; after: Run }
  /** id of the boot session whose agent was heard just now */
  session?: string
  /** whose run ended well */
  confirmed?: Confirmed
  events?: NewEvent[]
  logs?: NewLog[]
}

/**
 * Writes all of it by one statement. In a transaction whose caller holds lockNode.
 * @throws ProblemError wrong-state for a new run of a node that has an active one
 */
export async function writeChanges(db: Db, changes: Changes): Promise<void> {
  const { node, instance, newInstance, run, session, confirmed, events = [], logs = [] } = changes
  const parts = [
    ...(node ? [nodeSql(node)] : []),
    ...(session ? [sql`update boot_session set seen_at = clock_timestamp() where id = ${session}`] : []),
    ...(confirmed ? [confirmSql(confirmed)] : []),
    ...(newInstance ? [newInstanceSql(newInstance)] : []),
    ...(instance ? [instanceSql(instance)] : []),
    ...(run ? runSqls(run.before, run.after) : []),
    ...(events.length > 0 ? [eventsSql(events)] : []),
    ...(logs.length > 0 ? [logsSql(logs)] : []),
    ...trimSql(logs),
  ]
  const [only] = parts
  if (!only) return
  // A statement within WITH is carried out to its end, whether it is read or not, and keys are checked after all of them.
  const named = parts.map((part, index) => sql`${Prisma.raw(`part${index}`)} as (${part})`)
  const statement = parts.length === 1 ? only : sql`with ${Prisma.join(named)} select 1`
  if (run?.before !== null) return void (await db.$executeRaw(statement))
  try {
    await db.$transaction((tx) => tx.$executeRaw(statement))
  } catch (error) {
    if (!uniqueViolation(error)?.includes('23505')) throw error
    throw new ProblemError('wrong-state', 'The node has an active run already.')
  }
}

function nodeSql({ id, state, status, seen = false, planFault }: NonNullable<Changes['node']>): Prisma.Sql {
  const reason = status && JSON.stringify(status.reason)
  const standing = status
    ? sql`status_at = case when status = ${reason}::jsonb and status_indicator = ${status.indicator} then status_at else clock_timestamp() end,
          status = ${reason}::jsonb, status_indicator = ${status.indicator}, updated_at = clock_timestamp(),`
    : Prisma.empty
  const fault =
    planFault === undefined
      ? Prisma.empty
      : planFault === null
        ? sql`plan_fault = null,`
        : sql`plan_fault = jsonb_build_object('reason', ${JSON.stringify(planFault)}::jsonb, 'at', clock_timestamp()),`
  return sql`
    update node set ${standing} ${fault} state = coalesce(${state ?? null}, state),
           last_seen_at = case when ${seen} then clock_timestamp() else last_seen_at end
     where id = ${id}`
}

/**
 * What most reports are: an attempt goes on, its lease is longer, there are lines. No transaction and no lock: whoever
 * ends the attempt, puts another in its place or moves its instants (site/clock.ts) changes its row, and then nothing is written. Everybody else takes the
 * node before the attempt, so a node that somebody holds is not waited for: that it was heard is noted the next time.
 * @returns whether it was written; false: read the machine again, under its lock
 */
export async function writeProgress(
  db: Db,
  progress: {
    runId: string
    before: Attempt
    after: Attempt
    logs: NewLog[]
    node: string
    session: string
    seen: boolean
  },
): Promise<boolean> {
  const { runId, before, after, logs, node, session, seen } = progress
  const done = sql`exists (select 1 from done)`
  const rows = await db.$queryRaw<{ written: boolean }[]>`
    with done as (
      update attempt t set lease_until = ${new Date(after.leaseUntil)}, last_seq = ${after.lastSeq}, progress = ${after.progress},
             reason = ${after.reason && JSON.stringify(after.reason)}::jsonb, exit_code = ${after.exitCode},
             log_bytes = ${after.log?.bytes ?? 0}, log_tail = ${after.log?.tail ?? 0}
       where t.run_id = ${runId} and t.action_id = ${before.actionId} and t.number = ${before.number}
         and t.state = 'RUNNING' and t.last_seq = ${before.lastSeq} and t.lease_until = ${new Date(before.leaseUntil)}
      returning 1),
    lines as (${logs.length > 0 ? sql`${logsSql(logs, done)}` : sql`select 1`}),
    ${Prisma.join([...trimSql(logs, done).map((trim) => sql`trimmed as (${trim}),`), Prisma.empty], '')}
    host as (update node set last_seen_at = clock_timestamp()
              where id = (select id from node where ${seen} and id = ${node} and ${done} for update skip locked)),
    boot as (update boot_session set seen_at = clock_timestamp()
              where id = (select id from boot_session where ${seen} and id = ${session} and ${done} for update skip locked))
    select ${done} as written`
  return rows[0]!.written
}

type Attempt = Run['actions'][number]['attempts'][number] & { actionId: string }
