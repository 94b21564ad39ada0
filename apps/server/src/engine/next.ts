import { type NextReply, ProblemError } from '@eims/contracts'
import {
  appendEvents,
  currentInstance,
  dbNow,
  findBootSession,
  getNode,
  latestRun,
  lockNode,
  matchNode,
  normaliseIdentity,
  touchSeen,
  touchSession,
} from '@eims/registry'
import { step } from '@eims/workflow'
import { refusePlain } from '../urls.ts'
import { applyStep } from './effects.ts'
import type { Caller, Engine, Work } from './engine.ts'
import { ensureRun } from './ensure-run.ts'
import { whyNameless } from './hold.ts'

/** How long an agent that waits for a person is told to pause when its long poll ends empty. */
const RETRY_SECONDS = 1
/** A long poll looks again this often: other servers of the fleet may have changed something. */
const LOOK_AGAIN_MS = 5000

/**
 * The next action of the caller's run, leased; or why there is none, after at most `waitSeconds`.
 * `signal` aborts when the agent hangs up.
 */
export async function next(
  engine: Engine,
  caller: Caller,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<NextReply> {
  const until = performance.now() + waitSeconds * 1000
  const { nodeId, id } = caller.session
  for (;;) {
    const left = until - performance.now()
    const answered = new AbortController()
    const either = AbortSignal.any([signal, answered.signal])
    // Waited for before the question is asked: a change in between would be slept through.
    const change = engine.waits.wait(nodeId ?? id, Math.max(0, Math.min(left, LOOK_AGAIN_MS)), either)
    try {
      const reply = await nextNow(engine, caller)
      if (reply.kind === 'action' || left <= 0 || signal.aborted) return reply
      await change
    } finally {
      answered.abort()
    }
  }
}

async function nextNow(engine: Engine, { session, base }: Caller): Promise<NextReply> {
  // A long poll may be older than the site's word that nothing goes by plain HTTP.
  refusePlain(base, { begunOverTls: false, httpsOnly: engine.httpsOnly() })
  const { nodeId } = session
  if (!nodeId) return quarantined(engine, session)
  return engine.registry.transaction(async (tx) => {
    const work: Work = { tx, events: [] }
    if (!(await lockNode(tx, nodeId))) throw new ProblemError('session-over', 'the node was deleted')
    // A long poll may be older than the machine's next boot, whose agent then has the node.
    if ((await findBootSession(tx, session.id))?.agentKeyHash !== session.agentKeyHash)
      throw new ProblemError('session-over', 'the machine has booted anew')
    await touchSession(tx, session.id)
    await touchSeen(tx, nodeId)
    const run = await ensureRun(work, nodeId, base)
    if (!run) {
      await appendEvents(tx, work.events)
      return idle(work, nodeId)
    }
    const now = await dbNow(tx)
    const made = step(run, { kind: 'next', sessionId: session.id }, now)
    await applyStep(work, run, made, now)
    await appendEvents(tx, work.events)
    if (made.answer.kind === 'action') return { ...made.answer, runId: run.id }
    return idle(work, nodeId)
  })
}

/** No run is active: it is over, or the node is held. */
async function idle({ tx }: Work, nodeId: string): Promise<NextReply> {
  const instance = await currentInstance(tx, nodeId)
  const last = await latestRun(tx, nodeId)
  if (instance && instance.state !== 'PENDING' && last && last.state !== 'PENDING' && last.state !== 'RUNNING')
    return { kind: 'done', runId: last.id, state: last.state, reason: last.reason }
  const node = await getNode(tx, nodeId)
  return { kind: 'wait', reason: node.held ?? 'nothing to do at the moment', retrySeconds: RETRY_SECONDS }
}

/** A machine whose identifiers contradict waits until a person has mended the registry, then introduces itself again. */
async function quarantined({ registry: { db } }: Engine, session: Caller['session']): Promise<NextReply> {
  await touchSession(db, session.id)
  const identity = normaliseIdentity(session.identity)
  const nameless = whyNameless(identity)
  if (nameless) return { kind: 'wait', reason: `quarantined: ${nameless}`, retrySeconds: RETRY_SECONDS }
  const match = await matchNode(db, identity)
  if (match.kind !== 'conflict') throw new ProblemError('session-over', 'the registry knows this machine now')
  const names = match.candidates.map((candidate) => candidate.name).join(', ')
  return {
    kind: 'wait',
    reason: `quarantined: ${match.reason}${names ? ` (candidates: ${names})` : ''}`,
    retrySeconds: RETRY_SECONDS,
  }
}
