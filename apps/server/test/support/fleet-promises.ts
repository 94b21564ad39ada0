import type { ReportRequest, Run } from '@eims/contracts'
import { type Db, loadRun } from '@eims/registry'

/** What was seen of a fleet so far, which its registry must keep to. */
export interface Seen {
  db: Db
  /** machines that it is about */
  units: { serial: string }[]
  /** runs as they were seen last, by their ids */
  seen: Map<string, Run>
  /** what was answered with "accepted" */
  accepted: { runId: string; actionId: string; attempt: number; seq: number; state: ReportRequest['state'] }[]
  /** runs that a person may have taken up again since they were looked at */
  retried: Set<string>
}

const OVER = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED']
/** Every attempt of a run, with the id of its action. */
export const attemptsOf = (run: Run) =>
  run.actions.flatMap(({ definition, attempts }) => attempts.map((each) => ({ ...each, action: definition.id })))
/** What a run that is over may not change in. What log lines take is none of it. */
const bare = (run: Run) => JSON.stringify({ ...run, installs: null })

/** Looks at all runs of these machines. @throws when the registry does not keep a promise */
export async function checkAll(world: Seen): Promise<void> {
  const serials = world.units.map(({ serial }) => serial)
  const ids = await world.db.$queryRaw<{ id: string; serial: string }[]>`
    select r.id, i.shown as serial from run r join node_identifier i on i.node_id = r.node_id and i.kind = 'serial'
     where i.shown = any(${serials}::text[])`
  const active = new Map<string, number>()
  for (const { id, serial } of ids) {
    const run = await loadRun(world.db, id)
    if (!run) throw new Error(`run ${id} is gone`)
    if (!OVER.includes(run.state)) active.set(serial, (active.get(serial) ?? 0) + 1)
    checkRun(run, world.seen.get(id), world.retried.has(id))
    for (const said of world.accepted.filter(({ runId }) => runId === id)) checkAccepted(run, said)
    world.seen.set(id, run)
  }
  for (const id of world.seen.keys()) if (!ids.some((each) => each.id === id)) throw new Error(`run ${id} vanished`)
  for (const [serial, count] of active) if (count > 1) throw new Error(`${serial} has ${count} active runs`)
  world.retried.clear()
}

function checkRun(run: Run, before: Run | undefined, retried: boolean): void {
  const fault = (what: string) => {
    throw new Error(`${what}: ${JSON.stringify(run)} before ${JSON.stringify(before)}`)
  }
  const running = attemptsOf(run).filter(({ state }) => state === 'RUNNING')
  if (running.length > 1) fault('two hold an action')
  if (running.length > 0 && run.state !== 'RUNNING') fault('an attempt runs in a run that does not')
  if (before && OVER.includes(before.state) && !retried && bare(run) !== bare(before)) fault('what was over changed')
  const now = attemptsOf(run)
  for (const was of before ? attemptsOf(before) : []) {
    const is = now.find(({ action, number }) => action === was.action && number === was.number)
    if (!is || is.sessionId !== was.sessionId || is.lastSeq < was.lastSeq) fault('an attempt vanished')
    if (OVER.includes(was.state) && is?.state !== was.state) fault('an attempt that was over changed')
  }
  for (const { definition, attempts, earlier } of run.actions) {
    const cause = run.actions.find(({ definition: { id } }) => id === definition.after?.action)
    const wanted = definition.after?.on === 'failure' ? 'FAILED' : 'TIMED_OUT'
    if (cause && attempts.length > earlier && cause.state !== wanted) fault('it was done without its cause')
    const bad = attempts.slice(earlier).filter(({ state }) => state === 'FAILED' || state === 'TIMED_OUT')
    if (bad.length > (definition.retries ?? 0) + 1) fault('it was tried too often')
  }
}

function checkAccepted(run: Run, { actionId, attempt: number, seq, state }: Seen['accepted'][number]): void {
  const attempt = attemptsOf(run).find((each) => each.action === actionId && each.number === number)
  if (!attempt || attempt.lastSeq < seq || (state !== 'RUNNING' && attempt.state !== state))
    throw new Error(`lost: report ${seq} (${state}) of ${actionId}, attempt ${number}: ${JSON.stringify(run)}`)
}
