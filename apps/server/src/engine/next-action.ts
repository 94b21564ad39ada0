import { type NextReply, ProblemError, type Reason, say, shown, worded } from '@eims/contracts'
import {
  type BootSession,
  identify,
  type MachineState,
  normaliseIdentity,
  noteAway,
  noteIfRoom,
  writeChanges,
} from '@eims/registry'
import { isActive, isAnothers, judge, manifestDue, standsStill, step } from '@eims/workflow'
import { refusePlain } from '../urls.ts'
import { sessionOf } from './caller.ts'
import { applyStep } from './effects.ts'
import type { Caller, Engine } from './engine.ts'
import { ensureRun } from './ensure-run.ts'
import { twinEvents } from './onboard.ts'
import { whyQuarantined } from './quarantine.ts'
import { noting } from './refused.ts'
import { twinReason } from './twin.ts'
import { heard, lookUp, withMachine } from './work.ts'

/** How long an agent that waits for a person is told to pause when its long poll ends empty. */
const RETRY_SECONDS = 1
/** A workflow that made no plan is tried anew after this time, whatever changed meanwhile. */
const PLAN_AGAIN_MS = 30_000
/** What a run waits for is written again after this time, while it lasts; the registry forgets it after a minute. */
const AWAY_AGAIN_MS = 20_000
/** A long poll looks again this often: other servers of the fleet may have changed something. */
const LOOK_AGAIN_MS = 5000

/**
 * The next action of the caller's run, leased; or why there is none, after at most `waitSeconds`.
 * `signal` aborts when the agent hangs up.
 */
export async function nextAction(
  engine: Engine,
  caller: Caller,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<NextReply> {
  const until = performance.now() + waitSeconds * 1000
  let waitsAs = caller.sessionId
  for (;;) {
    const left = until - performance.now()
    const answered = new AbortController()
    const either = AbortSignal.any([signal, answered.signal])
    // The wait begins before the question is asked: a change in between would be missed.
    const change = engine.waits.wait(waitsAs, Math.max(0, Math.min(left, LOOK_AGAIN_MS)), either)
    try {
      const { reply, nodeId, seconds } = await look(engine, caller)
      if (reply.kind === 'action' || left <= 0 || signal.aborted) return reply
      if (nodeId !== waitsAs && nodeId !== null) waitsAs = nodeId
      else {
        const timer = seconds == null ? undefined : setTimeout(() => answered.abort(), seconds * 1000)
        await change.finally(() => clearTimeout(timer))
      }
    } finally {
      answered.abort()
    }
  }
}

interface Looked {
  reply: NextReply
  nodeId: string | null
  /** until it makes sense to look again; left out, or null: whenever something changes */
  seconds?: number | null
}

/** One look at the machine. A machine that waits costs one statement; its lock is taken when there is something to do. */
async function look(engine: Engine, caller: Caller): Promise<Looked> {
  const { base, sessionId } = caller
  // A long poll may be older than the site's word that nothing goes by plain HTTP.
  refusePlain(base, { begunOverTls: false, httpsOnly: engine.httpsOnly() })
  const before = await lookUp(engine, { sessionId })
  const { nodeId, bootMac: mac } = before.session ?? { nodeId: null, bootMac: null }
  return noting(engine, { of: 'agent', nodeId, mac }, () => lookAt(engine, caller, before))
}

async function lookAt(engine: Engine, caller: Caller, before: MachineState): Promise<Looked> {
  const { base, sessionId, lease } = caller
  const session = sessionOf(before, caller)
  const { nodeId } = session
  if (!nodeId) return { reply: await quarantined(engine, session, lease), nodeId }
  const idly = mayPlan(before) ? null : idle(engine, before)
  if (idly) {
    await noteHeard(engine, before, sessionId)
    return { ...idly, nodeId }
  }
  const manifest = before.run && manifestDue(before.run, sessionId)
  const away = manifest ? await engine.reach(manifest) : null
  if (away) {
    await noteHeard(engine, before, sessionId)
    await tellAway(engine, before, away)
    if (engine.waits.isNews(nodeId, say(away))) tellWaiting(engine, nodeId, away)
    return { reply: waits(away), nodeId }
  }
  await tellAway(engine, before, null)
  const looked = await withMachine(engine, { nodeId, sessionId }, async (work): Promise<Omit<Looked, 'nodeId'>> => {
    // Since it was looked at, the machine may have booted anew: its newer agent then has the node.
    sessionOf(work.state, caller)
    heard(work, sessionId)
    const run = await ensureRun(engine, work, base)
    if (!run) return idle(engine, work.state) ?? { reply: nothingToDo }
    // Two nodes that a person merged may have an agent each.
    const twin = isAnothers(run, sessionId) ? await twinReason(engine, work.tx, { nodeId, session, lease }) : null
    if (twin) {
      for (const event of twinEvents(session, nodeId, twin)) engine.sink.record(event)
      return { reply: waits(twin) }
    }
    const made = step(run, { kind: 'next', sessionId, lease }, work.state.now)
    applyStep(work, run, made)
    const { answer } = made
    if (answer.kind === 'action') return { reply: { ...answer, runId: run.id } }
    if (answer.kind === 'wait') return { reply: waits(answer.reason), seconds: answer.seconds }
    return { reply: over(made.run) }
  })
  if (!looked) throw new ProblemError('session-over', 'the node was deleted')
  return { ...looked, nodeId }
}

/** Whether it waits for its workflow to make a plan, and that was last tried some time ago. */
function mayPlan({ node, site, now }: MachineState): boolean {
  if (!node?.planFault || Math.abs(now - Date.parse(node.planFault.at)) < PLAN_AGAIN_MS) return false
  return (
    judge({ who: { kind: 'node', node: { ...node, planFault: null } }, site, architecture: null }).kind === 'provision'
  )
}

async function noteHeard(engine: Engine, { node, seenLately }: MachineState, session: string): Promise<void> {
  if (!node || seenLately) return
  await noteIfRoom(writeChanges(engine.registry.db, { node: { id: node.id, seen: true }, session }))
}

/** Lists and explain show what the machine was told. Written only when that is news, or soon forgotten. */
async function tellAway({ registry }: Engine, { node, now }: MachineState, away: Reason | null): Promise<void> {
  const run = node?.run
  const told = run?.away ?? null
  const isKnown = away !== null && told !== null && say(told.reason) === say(away)
  if (!run || (away ?? told) === null || (isKnown && Math.abs(now - Date.parse(told.at)) < AWAY_AGAIN_MS)) return
  await noteIfRoom(noteAway(registry.db, run.id, away))
}

function tellWaiting({ sink }: Pick<Engine, 'sink'>, nodeId: string, reason: Reason): void {
  sink.record(worded({ kind: 'node.changed', nodeId, data: { waiting: reason } }))
}

const waits = (reason: Reason): NextReply => ({ kind: 'wait', reason: shown(reason), retrySeconds: RETRY_SECONDS })
const nothingToDo = waits({ code: 'nothing-to-do', slots: {} })

type Done = Extract<NextReply, { kind: 'done' }>

const over = ({ id, state, reason }: { id: string; state: Done['state']; reason: Reason | null }): Done => ({
  kind: 'done',
  runId: id,
  state,
  reason: reason && shown(reason),
})

/** Why there is no action for it: its run is over or stands still, or it waits; null: there may be one. */
function idle(engine: Pick<Engine, 'waits' | 'sink'>, { node, site, run: whole, now }: MachineState) {
  if (!node) return { reply: nothingToDo }
  const { id, instance, run } = node
  const still = whole && whole.id === run?.id ? standsStill(whole, now) : null
  if (still) return { reply: waits(still.reason), seconds: still.seconds }
  const { kind, reason } = judge({ who: { kind: 'node', node }, site, architecture: null })
  const isNews = engine.waits.isNews(id, say(reason))
  // A run that is under way goes on, also when the machine would no longer be let in: a disk half written helps nobody.
  if (kind === 'provision' || isActive(run)) return null
  if (run && instance && instance.state !== 'PENDING' && run.instanceId === instance.id) return { reply: over(run) }
  if (isNews) tellWaiting(engine, id, reason)
  return { reply: waits(reason) }
}

/**
 * A machine whose identifiers contradict, or that is not the only one with them, waits until a person has mended the
 * registry or the other one is gone, then introduces itself again.
 */
async function quarantined(engine: Engine, session: BootSession, lease: number): Promise<NextReply> {
  const { db } = engine.registry
  await noteIfRoom(writeChanges(db, { session: session.id }))
  const known = await identify(db, normaliseIdentity(session.identity))
  const why = await whyQuarantined(engine, { session, lease }, known)
  if (!why) throw new ProblemError('session-over', 'the registry knows this machine now')
  if (why.code === 'twin' && known.match.kind === 'one')
    for (const event of twinEvents(session, known.match.nodeId, why)) engine.sink.record(event)
  const { match } = known
  const candidates =
    match.kind === 'conflict' ? match.candidates.map(({ name }) => name) : why.code === 'twin' ? [why.slots.node] : []
  return waits({ code: 'quarantined', slots: { why, candidates, closed: null } })
}
