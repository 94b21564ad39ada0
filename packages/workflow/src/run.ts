import type { ActionRun, Attempt, Installed, Plan, Run, RunState } from '@eims/contracts'
import type { Answer, Step } from './events.ts'

export type EndState = Exclude<RunState, 'PENDING' | 'RUNNING'>

/** A run that has not begun, with the plan frozen in it. `now` in milliseconds on the database's clock. */
export function createRun(input: {
  id: string
  nodeId: string
  instanceId: string
  installs?: Installed
  plan: Plan
  now: number
}): Run {
  return {
    id: input.id,
    nodeId: input.nodeId,
    instanceId: input.instanceId,
    ...(input.installs ? { installs: input.installs } : {}),
    state: 'PENDING',
    reason: null,
    createdAt: input.now,
    startedAt: null,
    endedAt: null,
    actions: structuredClone(input.plan.actions).map((definition) => ({
      definition,
      state: 'PENDING',
      attempts: [],
      result: null,
    })),
  }
}

/** The state a run ended in, or null while it is PENDING or RUNNING. */
export function endOf(run: Run): EndState | null {
  return run.state === 'PENDING' || run.state === 'RUNNING' ? null : run.state
}

/** The action that is on, and where it stands: the first that has not succeeded. */
export function currentAction(run: Run): { action: ActionRun; index: number } | null {
  const index = run.actions.findIndex((action) => action.state !== 'SUCCEEDED')
  const action = run.actions[index]
  return action ? { action, index } : null
}

/** The run with one action replaced. */
export function withAction(run: Run, index: number, change: Partial<ActionRun>): Run {
  return { ...run, actions: run.actions.map((action, at) => (at === index ? { ...action, ...change } : action)) }
}

/** The action's attempts with the newest one changed. */
export function withLatest(action: ActionRun, change: Partial<Attempt>): Attempt[] {
  return action.attempts.map((attempt, at) => (at === action.attempts.length - 1 ? { ...attempt, ...change } : attempt))
}

/**
 * Whether an action's newest attempt is its session's to go on with: it runs, or it was lost and nobody has taken its
 * place. What was lost before a person took the run up again stays lost.
 */
export function isHeld(run: Run, latest: Attempt): boolean {
  if (latest.state === 'RUNNING') return true
  return latest.state === 'LOST' && run.startedAt !== null && latest.startedAt >= run.startedAt
}

/** Whether the action that is on runs in the hands of another session. */
export function isAnothers(run: Run, sessionId: string): boolean {
  const latest = currentAction(run)?.action.attempts.at(-1)
  return latest?.state === 'RUNNING' && latest.sessionId !== sessionId
}

/** Nothing changes; only an answer. */
export function unchanged(run: Run, answer: Answer): Step {
  return { run, effects: [], answer }
}
