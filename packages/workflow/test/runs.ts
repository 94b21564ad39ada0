import { Action, type Plan, type ReportRequest, type Run } from '@eims/contracts'
import { createRun, type RunEvent, type Step, step } from '../src/index.ts'

/** One second, in the milliseconds of the run machine. */
export const SECOND = 1000

/** A plan of actions with a timeout of ten minutes each; those named in `once` are not repeatable. */
export function planOf(names: string[], once: string[] = [], change: Record<string, Partial<Action>> = {}): Plan {
  return {
    version: 1,
    actions: names.map((name) =>
      Action.parse({
        id: name,
        task: 'test',
        name,
        uses: { kind: 'oci', image: 'test' },
        with: {},
        env: {},
        timeout: 600,
        repeatable: !once.includes(name),
        ...change[name],
      }),
    ),
  }
}

export function newRun(names: string[] = ['a', 'b'], once: string[] = []): Run {
  return runOf(planOf(names, once))
}

/** A run of actions that are called as their fields are given under; `timeout`: of the whole, in seconds. */
export function runWith(change: Record<string, Partial<Action>>, timeout?: number): Run {
  return runOf({ ...planOf(Object.keys(change), [], change), ...(timeout === undefined ? {} : { timeout }) })
}

const runOf = (plan: Plan): Run => createRun({ id: 'run', nodeId: 'node', instanceId: 'instance', plan, now: 0 })

/** An action that a person does. */
export const forPerson: Partial<Action> = {
  uses: { kind: 'builtin', builtin: 'wait-for-person' },
  with: { message: 'plug the scanner in' },
  timeout: 0,
}

/** A report of attempt 1 of action `a`, changed as told. */
export function told(change: Partial<ReportRequest> = {}): ReportRequest {
  return {
    runId: 'run',
    actionId: 'a',
    attempt: 1,
    seq: 1,
    state: 'RUNNING',
    progress: null,
    message: null,
    reason: null,
    exitCode: null,
    log: [],
    result: null,
    ...change,
  }
}

/** Seconds that the agents of these tests may be silent. */
export const LEASE = 90

export const next = (sessionId = 's1'): RunEvent => ({ kind: 'next', sessionId, lease: LEASE })
export const report = (change: Partial<ReportRequest> = {}, sessionId = 's1'): RunEvent => ({
  kind: 'report',
  sessionId,
  report: told(change),
  lease: LEASE,
})
export const tick = (listeningSince = 0): RunEvent => ({ kind: 'tick', listeningSince })

/** Applies events at their times, in seconds; the last step. */
export function play(run: Run, ...events: [seconds: number, event: RunEvent][]): Step {
  let last: Step = { run, effects: [], answer: { kind: 'ok' } }
  for (const [seconds, event] of events) last = step(last.run, event, seconds * SECOND)
  return last
}

/** A run as short text: its state, and of every action the state and those of its attempts. */
export function sketch(run: Run): string {
  const actions = run.actions.map(
    ({ definition, state, attempts }) => `${definition.name}=${state}[${attempts.map((a) => a.state).join(' ')}]`,
  )
  return `${run.state} ${actions.join(' ')}`
}
