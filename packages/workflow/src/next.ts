import type { Attempt, Run } from '@eims/contracts'
import { standFor } from './by-person.ts'
import type { Change } from './ending.ts'
import { type Answer, eventOf, type RunEvent, type Step } from './events.ts'
import { isPastDue, loseAttempt, outOfTime, timeOutRun } from './lease.ts'
import { currentAction, endOf, isHeld, type Placed, unchanged, wayOf, withAction, withLatest } from './run.ts'
import { isForPerson, waitOf } from './wait.ts'

type Next = Extract<RunEvent, { kind: 'next' }>

/** An agent asks what to do: the attempt it holds already, or a new one of the first action that is not done. */
export function next(run: Run, event: Next, now: number): Step {
  const end = endOf(run)
  if (end) return unchanged(run, { kind: 'done', state: end, reason: run.reason })

  if (isPastDue(run, now)) return done(timeOutRun(run, now))
  const { action, index } = openAction(run)
  const latest = action.attempts.at(-1)
  if (latest?.sessionId === event.sessionId && isHeld(action))
    return served(resumed(run, index, event, now), index, event)

  // A new session means that the machine booted anew: whatever the old one did has stopped. Of another machine none
  // comes so far while the old one is heard (twinOf).
  const taken: Change = latest?.state === 'RUNNING' ? loseAttempt(run, index, now) : { run, effects: [] }
  if (endOf(taken.run)) return done(taken)
  const left = inTime(taken, now)
  if (endOf(left.run)) return done(left)
  const wait = waitOf(left.run, now)
  if (wait) return { ...left, answer: { kind: 'wait', ...wait } }
  const open = openAction(left.run)
  if (isForPerson(open.action)) {
    const stands = standFor(started(left, now), open, now)
    return { ...stands, answer: { kind: 'wait', ...waitOf(stands.run, now)! } }
  }
  return served(begun(started(left, now), open.index, event, now), open.index, event)
}

/** Without the action that comes next, when the time of all its attempts is up. */
function inTime(change: Change, now: number): Change {
  const over = outOfTime(change.run, now)
  return over ? { run: over.run, effects: [...change.effects, ...over.effects] } : change
}

function openAction(run: Run): Placed {
  const open = currentAction(run)
  if (!open) throw new Error(`run ${run.id} is ${run.state} though nothing of it is left to be done`)
  return open
}

function done(change: Change): Step {
  const state = endOf(change.run)
  if (!state) throw new Error(`run ${change.run.id} is not over`)
  return { ...change, answer: { kind: 'done', state, reason: change.run.reason } }
}

/** The same attempt once more, its lease extended; a lost one is revived, as nobody else has taken its place. */
function resumed(run: Run, index: number, { lease }: Next, now: number): Change {
  const action = run.actions[index]
  if (!action) throw new Error(`run ${run.id} has no action ${index}`)
  const attempts = withLatest(action, { state: 'RUNNING', endedAt: null, leaseUntil: now + lease * 1000 })
  return { run: withAction(run, index, { state: 'RUNNING', attempts }), effects: [] }
}

function started({ run, effects }: Change, now: number): Change {
  if (run.state !== 'PENDING') return { run, effects }
  const dueAt = run.timeout > 0 ? now + run.timeout * 1000 : null
  return {
    run: { ...run, state: 'RUNNING', startedAt: now, dueAt },
    effects: [...effects, eventOf('run.started', {}), { kind: 'run-started' }],
  }
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
  const { name, within = 0 } = action.definition
  const due = within > 0 ? { dueAt: action.dueAt ?? now + within * 1000 } : {}
  return {
    run: withAction(run, index, { state: 'RUNNING', attempts: [...action.attempts, attempt], ...due }),
    effects: [...change.effects, eventOf('action.started', { action: name, attempt: attempt.number })],
  }
}

function served(change: Change, index: number, { lease }: Next): Step {
  const { run, effects } = change
  const action = run.actions[index]
  const attempt = action?.attempts.at(-1)
  if (!action || !attempt) throw new Error(`run ${run.id} has no attempt of action ${index}`)
  const way = wayOf(run)
  const answer: Answer = {
    kind: 'action',
    action: action.definition,
    attempt: attempt.number,
    lastSeq: attempt.lastSeq,
    leaseSeconds: lease,
    index: way.findIndex((each) => each.index === index) + 1,
    count: way.length,
    results: Object.fromEntries(
      run.actions.flatMap((each) => (each.state === 'SUCCEEDED' ? [[each.definition.name, each.result ?? {}]] : [])),
    ),
  }
  return { run, effects, answer }
}
