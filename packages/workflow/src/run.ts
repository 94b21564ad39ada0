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
    timeout: input.plan.timeout ?? 0,
    dueAt: null,
    pause: null,
    createdAt: input.now,
    startedAt: null,
    endedAt: null,
    actions: structuredClone(input.plan.actions).map((definition) => ({
      definition,
      state: 'PENDING',
      attempts: [],
      earlier: 0,
      result: null,
    })),
  }
}

/** The state a run ended in, or null while it is PENDING or RUNNING. */
export function endOf(run: Run): EndState | null {
  return run.state === 'PENDING' || run.state === 'RUNNING' ? null : run.state
}

/** An action of a run, and where it stands in the plan. */
export interface Placed {
  action: ActionRun
  index: number
}

const hasFailed = ({ state }: ActionRun) => state === 'FAILED' || state === 'TIMED_OUT'

/** The action whose end for good makes the run fail; null: there is none. */
export const failedAction = ({ actions }: Run): ActionRun | null =>
  actions.find((action) => !action.definition.after && hasFailed(action)) ?? null

/**
 * The actions that the run does as things stand, in the order of the plan: those without a condition, as far as the first
 * that failed for good, and then those that come after one that failed so.
 */
export function wayOf(run: Run): Placed[] {
  const failed = failedAction(run)
  const way: Placed[] = []
  const came = (name: string, on: 'failure' | 'timeout') =>
    way.some(
      ({ action: { definition, state } }) =>
        definition.id === name && state === (on === 'failure' ? 'FAILED' : 'TIMED_OUT'),
    )
  for (const [index, action] of run.actions.entries()) {
    const { after } = action.definition
    const isOn = after ? came(after.action, after.on) : !failed || index <= run.actions.indexOf(failed)
    if (isOn) way.push({ action, index })
  }
  return way
}

/** The action that is on, or comes next; null: all that the run does is done. */
export function currentAction(run: Run): Placed | null {
  return wayOf(run).find(({ action: { state } }) => state === 'PENDING' || state === 'RUNNING') ?? null
}

/** The run with one action replaced. */
export function withAction(run: Run, index: number, change: Partial<ActionRun>): Run {
  return { ...run, actions: run.actions.map((action, at) => (at === index ? { ...action, ...change } : action)) }
}

/** The action's attempts with the newest one changed. */
export function withLatest(action: ActionRun, change: Partial<Attempt>): Attempt[] {
  return action.attempts.map((attempt, at) => (at === action.attempts.length - 1 ? { ...attempt, ...change } : attempt))
}

/** The attempts of an action that count: a person's retry counts afresh. */
export const attemptsSince = ({ attempts, earlier }: ActionRun): Attempt[] => attempts.slice(earlier)

/**
 * Whether an action's newest attempt is its session's to go on with: it runs, or it was lost and nobody has taken its
 * place. What was lost before a person took the run up again stays lost, and so does what made the action fail.
 */
export function isHeld(action: ActionRun): boolean {
  const latest = action.attempts.at(-1)
  if (latest?.state === 'RUNNING') return true
  return action.state === 'PENDING' && attemptsSince(action).at(-1)?.state === 'LOST'
}

/** Whether the time of all attempts of an action together is up. While a run stands still no time passes. */
export const isOutOfTime = ({ pause }: Run, { dueAt }: ActionRun, now: number): boolean =>
  !pause && dueAt != null && now > dueAt

/** Whether the action that is on runs in the hands of another session. */
export function isAnothers(run: Run, sessionId: string): boolean {
  const latest = currentAction(run)?.action.attempts.at(-1)
  return latest?.state === 'RUNNING' && latest.sessionId !== sessionId
}

/** Nothing changes; only an answer. */
export function unchanged(run: Run, answer: Answer): Step {
  return { run, effects: [], answer }
}
