import {
  type ActionRun,
  type Attempt,
  type BootOrder,
  manifestArguments,
  manifestLists,
  type Reason,
  type Run,
  settingBootOrder,
} from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'

export type RunJson = Omit<Run, 'createdAt' | 'startedAt' | 'endedAt' | 'dueAt' | 'pause' | 'actions'> & {
  createdAt: string
  dueAt: string | null
  pausedAt: string | null
  pause: Reason | null
  startedAt: string | null
  endedAt: string | null
  actions: (Omit<ActionRun, 'attempts' | 'dueAt'> & { dueAt: string | null; attempts: AttemptJson[] })[]
}
type AttemptJson = Omit<Attempt, 'startedAt' | 'leaseUntil' | 'endedAt' | 'log'> & {
  log: { bytes: number; tail: number }
  startedAt: string
  leaseUntil: string
  endedAt: string | null
}

/** The row `r` with its actions and attempts. */
export const runJson = Prisma.sql`json_build_object(
  'id', r.id, 'nodeId', r.node_id, 'instanceId', r.instance_id, 'state', r.state, 'reason', r.reason,
  'timeout', r.timeout, 'dueAt', r.due_at, 'pausedAt', r.paused_at, 'pause', r.pause,
  'createdAt', r.created_at, 'startedAt', r.started_at, 'endedAt', r.ended_at,
  'actions', (
    select coalesce(json_agg(json_build_object(
      'definition', a.definition, 'state', a.state, 'result', a.result, 'earlier', a.earlier, 'dueAt', a.due_at,
      'attempts', (
        select coalesce(json_agg(json_build_object(
          'number', t.number, 'state', t.state, 'sessionId', t.session_id, 'startedAt', t.started_at,
          'leaseUntil', t.lease_until, 'endedAt', t.ended_at, 'lastSeq', t.last_seq, 'progress', t.progress,
          'reason', t.reason, 'exitCode', t.exit_code,
          'log', json_build_object('bytes', t.log_bytes, 'tail', t.log_tail)) order by t.number), '[]')
          from attempt t where t.run_id = a.run_id and t.action_id = a.id)
      ) order by a.position), '[]')
      from action a where a.run_id = r.id))`

/** A run with its actions and attempts, by one statement. */
async function readRun(db: Db, where: Prisma.Sql): Promise<Run | null> {
  const rows = await db.$queryRaw<{ run: RunJson }[]>`
    select ${runJson} as run from run r where ${where} order by r.created_at desc, r.id desc limit 1`
  return rows[0] ? runOfJson(rows[0].run) : null
}

export function runOfJson({ pausedAt, pause, ...run }: RunJson): Run {
  const time = (text: string | null) => (text === null ? null : Date.parse(text))
  return {
    ...run,
    dueAt: time(run.dueAt),
    pause: pausedAt === null || pause === null ? null : { since: Date.parse(pausedAt), reason: pause },
    createdAt: Date.parse(run.createdAt),
    startedAt: time(run.startedAt),
    endedAt: time(run.endedAt),
    actions: run.actions.map(({ dueAt, ...action }) => ({
      ...action,
      ...(dueAt === null ? {} : { dueAt: Date.parse(dueAt) }),
      attempts: action.attempts.map(({ log, ...attempt }) => ({
        ...attempt,
        ...(log.bytes > 0 ? { log } : {}),
        startedAt: Date.parse(attempt.startedAt),
        leaseUntil: Date.parse(attempt.leaseUntil),
        endedAt: time(attempt.endedAt),
      })),
    })),
  }
}

export async function loadRun(db: Db, runId: string): Promise<Run | null> {
  return readRun(db, Prisma.sql`r.id = ${runId}`)
}

/** The node's PENDING or RUNNING run. There is at most one: a partial unique index sees to it. */
export async function activeRun(db: Db, nodeId: string): Promise<Run | null> {
  return readRun(db, Prisma.sql`r.node_id = ${nodeId} and r.state in ('PENDING', 'RUNNING')`)
}

/** The node's newest run, over or not. */
export async function latestRun(db: Db, nodeId: string): Promise<Run | null> {
  return readRun(db, Prisma.sql`r.node_id = ${nodeId}`)
}

/**
 * What the node's firmware tries first by the newest run that set it; null: none did, or it is a BIOS, which sets its
 * order itself. Runs of earlier versions do not say, and put the disk first.
 */
export async function firmwareBoots(db: Db, nodeId: string): Promise<BootOrder | null> {
  const [row] = await db.$queryRaw<{ first: BootOrder | null }[]>`
    select case when jsonb_array_length(a.result->'order') > 0 then coalesce(a.result->>'first', 'disk') end as first
      from action a join run r on r.id = a.run_id
     where r.node_id = ${nodeId} and a.state = 'SUCCEEDED' and a.definition->'uses'->>'builtin' = any(${settingBootOrder})
     order by r.created_at desc, r.id desc limit 1`
  return row?.first ?? null
}

/**
 * PURE: the statements that store what a pure step of the workflow changed, and only that: usually one attempt.
 * @param before what was read under the node's lock; null: the run is new
 */
export function runSqls(before: Run | null, after: Run): Prisma.Sql[] {
  const time = (at: number | null) => (at === null ? null : new Date(at))
  const reason = after.reason && JSON.stringify(after.reason)
  const changedActions = after.actions
    .map((action, position) => ({ action, position, was: before?.actions[position] }))
    .filter(({ action, was }) => !was || actionFields(was) !== actionFields(action))
  const known = new Map(
    (before?.actions ?? []).flatMap(attemptsOf).map((each) => [attemptKey(each), JSON.stringify(each)]),
  )
  const changedAttempts = after.actions
    .flatMap(attemptsOf)
    .filter((each) => known.get(attemptKey(each)) !== JSON.stringify(each))
  const { pause } = after
  const [pausedAt, pausedFor] = [time(pause?.since ?? null), pause && JSON.stringify(pause.reason)]
  const row = Prisma.sql`
    insert into run (id, node_id, instance_id, timeout, due_at, paused_at, pause, installs, state, reason, created_at, started_at, ended_at)
    values (${after.id}, ${after.nodeId}, ${after.instanceId}, ${after.timeout}, ${time(after.dueAt)}, ${pausedAt}, ${pausedFor}::jsonb, ${after.installs ? JSON.stringify(after.installs) : null}::jsonb, ${after.state}, ${reason}::jsonb,
            ${time(after.createdAt)}, ${time(after.startedAt)}, ${time(after.endedAt)})`
  const change = Prisma.sql`
    update run set due_at = ${time(after.dueAt)}, paused_at = ${pausedAt}, pause = ${pausedFor}::jsonb, state = ${after.state}, reason = ${reason}::jsonb, started_at = ${time(after.startedAt)}, ended_at = ${time(after.endedAt)}
     where id = ${after.id}`
  return [
    ...(before === null ? [row] : runFields(before) === runFields(after) ? [] : [change]),
    ...(changedActions.length > 0 ? [actionsSql(after.id, changedActions)] : []),
    ...(changedAttempts.length > 0 ? [attemptsSql(after.id, changedAttempts)] : []),
  ]
}

const runFields = ({ state, reason, startedAt, endedAt, dueAt, pause }: Run) =>
  JSON.stringify([state, reason, startedAt, endedAt, dueAt, pause])
const actionFields = ({ state, result, earlier, dueAt }: ActionRun) =>
  JSON.stringify([state, result, earlier, dueAt ?? null])
const attemptsOf = (action: ActionRun) =>
  action.attempts.map((attempt) => ({ actionId: action.definition.id, ...attempt }))
const attemptKey = (attempt: { actionId: string; number: number }) => `${attempt.number} ${attempt.actionId}`

function actionsSql(runId: string, changed: { action: ActionRun; position: number }[]): Prisma.Sql {
  const rows = changed.map(({ action, position }) => ({
    id: action.definition.id,
    name: action.definition.name,
    position,
    definition: action.definition,
    state: action.state,
    result: action.result,
    earlier: action.earlier,
    dueAt: action.dueAt == null ? null : new Date(action.dueAt).toISOString(),
  }))
  return Prisma.sql`
    insert into action (run_id, id, position, name, definition, state, result, earlier, due_at)
    select ${runId}, a.id, a.position, a.name, a.definition, a.state, a.result, a.earlier, a."dueAt"
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as a (id text, position int, name text, definition jsonb, state text, result jsonb, earlier int, "dueAt" timestamptz)
    on conflict (run_id, id) do update set state = excluded.state, result = excluded.result, earlier = excluded.earlier,
      due_at = excluded.due_at`
}

function attemptsSql(runId: string, attempts: (Attempt & { actionId: string })[]): Prisma.Sql {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  const rows = attempts.map(({ log, ...attempt }) => ({
    ...attempt,
    logBytes: log?.bytes ?? 0,
    logTail: log?.tail ?? 0,
    startedAt: iso(attempt.startedAt),
    leaseUntil: iso(attempt.leaseUntil),
    endedAt: iso(attempt.endedAt),
  }))
  return Prisma.sql`
    insert into attempt (run_id, action_id, number, state, session_id, started_at, lease_until, ended_at, last_seq, progress, reason, exit_code, log_bytes, log_tail)
    select ${runId}, t."actionId", t.number, t.state, t."sessionId", t."startedAt", t."leaseUntil", t."endedAt", t."lastSeq", t.progress, t.reason, t."exitCode", t."logBytes", t."logTail"
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as t ("actionId" text, number int, state text, "sessionId" text, "startedAt" timestamptz, "leaseUntil" timestamptz,
              "endedAt" timestamptz, "lastSeq" int, progress float8, reason jsonb, "exitCode" int,
              "logBytes" int, "logTail" int)
    on conflict (run_id, action_id, number) do update
       set state = excluded.state, lease_until = excluded.lease_until, ended_at = excluded.ended_at, last_seq = excluded.last_seq,
           progress = excluded.progress, reason = excluded.reason, exit_code = excluded.exit_code,
           log_bytes = excluded.log_bytes, log_tail = excluded.log_tail`
}

/**
 * Digests of the manifests that runs would write when they go on or are tried again: their plans keep the image that they
 * were made with, also after the profile got another one. Tried again is only the newest run of a node that is still
 * registered, and only while its instance was not replaced; all others that ended need nothing.
 */
export async function manifestsOfOpenRuns(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<{ digest: string }[]>`
    select distinct m.digest
      from action a join run r on r.id = a.run_id
       cross join lateral (
         select a.definition->'with'->>argument as digest from unnest(${manifestArguments}::text[]) as argument
         union all
         select item->>'manifestSha256'
           from unnest(${manifestLists}::text[]) as list, jsonb_array_elements(a.definition->'with'->list) as item) m
       join node n on n.id = r.node_id join instance i on i.id = r.instance_id
     where (r.state in ('PENDING', 'RUNNING')
         or (r.state <> 'SUCCEEDED' and i.ended_at is null and n.state <> 'DELETED'
             and not exists (select 1 from run newer where newer.node_id = r.node_id
                              and (newer.created_at, newer.id) > (r.created_at, r.id))))
       and m.digest is not null`
  return rows.map((row) => row.digest)
}

/**
 * Active runs, but those that stand still, with an attempt whose lease or time is over by the database's clock, or that
 * take longer than they may as a whole; what ran out the longest ago first.
 */
export async function overdueRuns(db: Db, limit: number): Promise<{ runId: string; nodeId: string }[]> {
  return db.$queryRaw<{ runId: string; nodeId: string }[]>`
    select r.id as "runId", r.node_id as "nodeId"
      from run r left join attempt t on t.run_id = r.id and t.state = 'RUNNING'
           left join action a on a.run_id = t.run_id and a.id = t.action_id
     where r.state in ('PENDING', 'RUNNING') and r.paused_at is null
       and (r.due_at < clock_timestamp() or t.lease_until < clock_timestamp()
         or ((a.definition->>'timeout')::float8 > 0
             and t.started_at + make_interval(secs => (a.definition->>'timeout')::float8) < clock_timestamp())
         or exists (select 1 from action d
                     where d.run_id = r.id and d.state in ('PENDING', 'RUNNING') and d.due_at < clock_timestamp()
                       and (select l.state from attempt l where l.run_id = d.run_id and l.action_id = d.id
                             order by l.number desc limit 1) <> 'LOST'))
     group by r.id order by min(least(t.lease_until, r.due_at)) limit ${limit}`
}
