import type { Attempt, Run } from '@eims/contracts'
import type { Change } from './ending.ts'
import type { Answer, RunEvent, Step } from './events.ts'
import { loseAttempt } from './lease.ts'
import { currentAction, endOf, isHeld, unchanged, withAction, withLatest } from './run.ts'

type Next = Extract<RunEvent, { kind: 'next' }>

/** An agent asks what to do: the attempt it holds already, or a new one of the first action that is not done. */
export function next(run: Run, event: Next, now: number): Step {
  const end = endOf(run)
  if (end) return unchanged(run, { kind: 'done', state: end, reason: run.reason })

  const current = currentAction(run)
  if (!current) throw new Error(`run ${run.id} is ${run.state} though all of its actions succeeded`)
  const { index } = current
  const latest = current.action.attempts.at(-1)
  if (latest?.sessionId === event.sessionId && isHeld(run, latest))
    return served(resumed(run, index, event, now), index, event)

  // A new session means that the machine booted anew: whatever the old one did has stopped. Of another machine none
  // comes so far while the old one is heard (twinOf).
  const taken: Change = latest?.state === 'RUNNING' ? loseAttempt(run, index, now) : { run, effects: [] }
  const over = endOf(taken.run)
  if (over) return { ...taken, answer: { kind: 'done', state: over, reason: taken.run.reason } }
  return served(begun(taken, index, event, now), index, event)
}

/** The same attempt once more, its lease extended; a lost one is revived, as nobody else has taken its place. */
function resumed(run: Run, index: number, { lease }: Next, now: number): Change {
  const action = run.actions[index]
  if (!action) throw new Error(`run ${run.id} has no action ${index}`)
  const attempts = withLatest(action, { state: 'RUNNING', endedAt: null, leaseUntil: now + lease * 1000 })
  return { run: withAction(run, index, { state: 'RUNNING', attempts }), effects: [] }
}

function begun(change: Change, index: number, { sessionId, lease }: Next, now: number): Change {
  const { run } = change
  const action = run.actions[index]
  if (!action) throw new Error(`run ${run.id} has no action ${index}`)
  const attempt: Attempt = {
    number: (action.attempts.at(-1)?.number ?? 0) + 1,
    state: 'RUNNING',
    sessionId,
    startedAt: now,
    leaseUntil: now + lease * 1000,
    endedAt: null,
    lastSeq: 0,
    progress: null,
    reason: null,
    exitCode: null,
  }
  const first = run.state === 'PENDING'
  const started: Run = first ? { ...run, state: 'RUNNING', startedAt: now } : run
  const { name } = action.definition
  return {
    run: withAction(started, index, { state: 'RUNNING', attempts: [...action.attempts, attempt] }),
    effects: [
      ...change.effects,
      ...(first
        ? [
            { kind: 'event', event: 'run.started', message: 'the run began', data: {} } as const,
            { kind: 'run-started' } as const,
          ]
        : []),
      {
        kind: 'event',
        event: 'action.started',
        message: attempt.number === 1 ? `${name} began` : `${name} began, attempt ${attempt.number}`,
        data: { action: name, attempt: attempt.number },
      },
    ],
  }
}

function served(change: Change, index: number, { lease }: Next): Step {
  const { run, effects } = change
  const action = run.actions[index]
  const attempt = action?.attempts.at(-1)
  if (!action || !attempt) throw new Error(`run ${run.id} has no attempt of action ${index}`)
  const answer: Answer = {
    kind: 'action',
    action: action.definition,
    attempt: attempt.number,
    lastSeq: attempt.lastSeq,
    leaseSeconds: lease,
    index: index + 1,
    count: run.actions.length,
    results: Object.fromEntries(
      run.actions.flatMap((each) => (each.state === 'SUCCEEDED' ? [[each.definition.name, each.result ?? {}]] : [])),
    ),
  }
  return { run, effects, answer }
}
