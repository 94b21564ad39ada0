import { type NextReply, ProblemError, type Reason, say, shown } from '@eims/contracts'
import {
  type BootSession,
  type Db,
  getSite,
  hasRoom,
  identify,
  type MachineState,
  normaliseIdentity,
  noteIfRoom,
  writeChanges,
} from '@eims/registry'
import { isActive, isAnothers, judge, step } from '@eims/workflow'
import { refusePlain } from '../urls.ts'
import { sessionOf } from './caller.ts'
import { applyStep } from './effects.ts'
import type { Caller, Engine } from './engine.ts'
import { ensureRun } from './ensure-run.ts'
import { tooMany, twinEvents, whyNameless } from './onboard.ts'
import { noting } from './refused.ts'
import { twinReason } from './twin.ts'
import { heard, lookUp, withMachine } from './work.ts'

/** How long an agent that waits for a person is told to pause when its long poll ends empty. */
const RETRY_SECONDS = 1
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
      const { reply, nodeId } = await look(engine, caller)
      if (reply.kind === 'action' || left <= 0 || signal.aborted) return reply
      if (nodeId === waitsAs || nodeId === null) await change
      else waitsAs = nodeId
    } finally {
      answered.abort()
    }
  }
}

interface Looked {
  reply: NextReply
  nodeId: string | null
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
  const idly = idle(engine, before)
  if (idly) {
    if (!before.seenLately)
      await noteIfRoom(writeChanges(engine.registry.db, { node: { id: nodeId, seen: true }, session: sessionId }))
    return { reply: idly, nodeId }
  }
  const reply = await withMachine(engine, { nodeId, sessionId }, async (work): Promise<NextReply> => {
    // Since it was looked at, the machine may have booted anew: its newer agent then has the node.
    sessionOf(work.state, caller)
    heard(work, sessionId)
    const run = await ensureRun(work, base)
    if (!run) return idle(engine, work.state) ?? nothingToDo
    // Two nodes that a person merged may have an agent each.
    const twin = isAnothers(run, sessionId) ? await twinReason(engine, work.tx, { nodeId, session, lease }) : null
    if (twin) {
      for (const event of twinEvents(session, nodeId, twin)) engine.sink.record(event)
      return { kind: 'wait', reason: shown(twin), retrySeconds: RETRY_SECONDS }
    }
    const made = step(run, { kind: 'next', sessionId, lease }, work.state.now)
    applyStep(work, run, made)
    if (made.answer.kind === 'action') return { ...made.answer, runId: run.id }
    return over(made.run)
  })
  if (!reply) throw new ProblemError('session-over', 'the node was deleted')
  return { reply, nodeId }
}

const nothingToDo: NextReply = {
  kind: 'wait',
  reason: shown({ code: 'nothing-to-do', slots: {} }),
  retrySeconds: RETRY_SECONDS,
}

type Done = Extract<NextReply, { kind: 'done' }>

const over = ({ id, state, reason }: { id: string; state: Done['state']; reason: Reason | null }): Done => ({
  kind: 'done',
  runId: id,
  state,
  reason: reason && shown(reason),
})

/** Why there is no action for it: its run is over, or it waits; null: there may be one. */
function idle({ waits, sink }: Pick<Engine, 'waits' | 'sink'>, { node, site }: MachineState): NextReply | null {
  if (!node) return nothingToDo
  const { id, instance, run } = node
  const { kind, reason } = judge({ who: { kind: 'node', node }, site, architecture: null })
  const isNews = waits.isNews(id, say(reason))
  // A run that is under way goes on, also when the machine would no longer be let in: a disk half written helps nobody.
  if (kind === 'provision' || isActive(run)) return null
  if (run && instance && instance.state !== 'PENDING' && run.instanceId === instance.id) return over(run)
  if (isNews)
    sink.record({ kind: 'node.changed', nodeId: id, message: `waits: ${say(reason)}`, data: { waiting: reason } })
  return { kind: 'wait', reason: shown(reason), retrySeconds: RETRY_SECONDS }
}

/**
 * A machine whose identifiers contradict, or that is not the only one with them, waits until a person has mended the
 * registry or the other one is gone, then introduces itself again.
 */
async function quarantined(engine: Engine, session: BootSession, lease: number): Promise<NextReply> {
  const { db } = engine.registry
  await noteIfRoom(writeChanges(db, { session: session.id }))
  const { identity, match } = await identify(db, normaliseIdentity(session.identity))
  const twin = match.kind === 'one' ? await twinReason(engine, db, { nodeId: match.nodeId, session, lease }) : null
  if (match.kind === 'one' && twin)
    for (const event of twinEvents(session, match.nodeId, twin)) engine.sink.record(event)
  const why =
    whyNameless(identity) ??
    twin ??
    (match.kind === 'conflict' ? match.reason : match.kind === 'none' ? await whyNoRoom(db) : null)
  if (!why) throw new ProblemError('session-over', 'the registry knows this machine now')
  const candidates =
    match.kind === 'conflict' ? match.candidates.map(({ name }) => name) : twin ? [twin.slots.node] : []
  const reason = shown({ code: 'quarantined', slots: { why, candidates, closed: null } })
  return { kind: 'wait', reason, retrySeconds: RETRY_SECONDS }
}

/** It is told to introduce itself again as soon as somebody else is gone, or more may come. */
async function whyNoRoom(db: Db): Promise<Reason | null> {
  const { unregisteredLimit: limit } = await getSite(db)
  return (await hasRoom(db, limit)) ? null : tooMany(limit)
}
