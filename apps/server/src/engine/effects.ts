import { type Reason, type Run, type RunState, reportsItself, startsItsOs, told, worded } from '@eims/contracts'
import type { Effect, Step } from '@eims/workflow'
import { setNode, type Work } from './work.ts'

/** Adds what a step made of a run, and its effects, to what the work writes. */
export function applyStep(work: Work, before: Run, { run, effects }: Step): void {
  if (run !== before) work.changes.run = { before, after: run }
  for (const effect of effects) applyEffect(work, run, effect)
}

function applyEffect(work: Work, run: Run, effect: Effect): void {
  const { nodeId, id: runId } = run
  switch (effect.kind) {
    case 'event':
      work.changes.events.push({ kind: effect.event, nodeId, runId, message: effect.message, data: effect.data })
      if (effect.event === 'action.lease-expired') fellSilent(work)
      if (effect.event === 'action.started') heardAgain(work)
      return
    case 'run-started':
      setInstance(work, run, 'PROVISIONING', { code: 'provisioning', slots: {} })
      return
    case 'run-reopened':
      setInstance(work, run, 'PENDING', { code: 'waits-for-its-machine', slots: {} })
      setNode(work, { status: { reason: { code: 'will-be-provisioned', slots: {} }, indicator: 'IN_PROGRESS' } })
      return
    case 'run-ended':
      if (effect.state === 'SUCCEEDED') provisioned(work, run)
      else notProvisioned(work, run, effect)
  }
}

function setInstance(work: Work, run: Run, state: 'PENDING' | 'PROVISIONING', reason: Reason): void {
  work.changes.instance = { id: run.instanceId, state, status: { reason, indicator: 'IN_PROGRESS' } }
}

/** Its OS may have been heard of before its agent's last report. */
const osRuns = ({ state: { node } }: Work, { instanceId }: Run) =>
  node.instance?.id === instanceId && node.instance.state === 'RUNNING'

function fellSilent(work: Work): void {
  const since = work.state.node.lastSeenAt
  const reason: Reason = { code: 'silent', slots: { since: since && new Date(since).toISOString() } }
  setNode(work, { status: { reason, indicator: 'ERROR' } })
}

function heardAgain(work: Work): void {
  const { status, instance } = work.state.node
  // A machine that boots anew in the middle of an action is silent and heard again in one step.
  if ((work.changes.node?.status?.reason ?? status).code !== 'silent') return
  const reason: Reason = { code: 'gets-profile', slots: { profile: instance?.profile ?? 'its OS' } }
  setNode(work, { status: { reason, indicator: 'IN_PROGRESS' } })
}

function provisioned(work: Work, run: Run): void {
  const { session } = work.state
  if (session) work.changes.confirmed = { nodeId: run.nodeId, said: session.identity }
  if (osRuns(work, run)) return
  const { now, node } = work.state
  const actions = run.actions.map(({ definition }) => definition)
  const reports = reportsItself(actions)
  const silent = startsItsOs(actions) ? 'written-reports-nothing' : 'written-and-sealed'
  const reason: Reason = { code: reports ? 'written-awaits-report' : silent, slots: {} }
  work.changes.instance = {
    id: run.instanceId,
    state: 'PROVISIONED',
    status: { reason, indicator: reports ? 'IN_PROGRESS' : 'IDLE' },
    phoneHomeDueAt: reports ? now + (node.profile?.phoneHomeTimeout ?? 1800) * 1000 : null,
  }
  setNode(work, { status: { reason: { code: 'provisioned', slots: {} }, indicator: 'IDLE' } })
  const { nodeId, id: runId } = run
  work.changes.events.push(worded({ kind: 'instance.provisioned', nodeId, runId, data: { reason } }))
}

function notProvisioned(work: Work, run: Run, ended: { state: RunState; reason: Reason | null }): void {
  if (osRuns(work, run)) return
  const reason = ended.reason ?? told(ended.state.toLowerCase())
  work.changes.instance = { id: run.instanceId, state: 'FAILED', status: { reason, indicator: 'ERROR' } }
  setNode(work, { status: { reason: { code: 'not-provisioned', slots: {} }, indicator: 'ERROR' } })
  const { nodeId, id: runId } = run
  work.changes.events.push(worded({ kind: 'instance.failed', nodeId, runId, data: { reason } }))
}
