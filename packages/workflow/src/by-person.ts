import { builtinNamed, type Reason, type ReasonCode, type RetryFrom, type Run } from '@eims/contracts'
import { type Change, endAttempt, endRun, settled } from './ending.ts'
import { eventOf, type Step } from './events.ts'
import { currentAction, endOf, type Placed, unchanged, withAction, withLatest } from './run.ts'
import { isForPerson } from './wait.ts'

const illegal = (run: Run, reason: Reason): Step => unchanged(run, { kind: 'illegal', reason })

/** A person stops the run. Its agent hears of it with its next report. */
export function cancel(run: Run, reason: Reason, now: number): Step {
  const end = endOf(run)
  if (end) return illegal(run, { code: 'run-over', slots: { state: end } })
  const current = currentAction(run)
  const running = current?.action.attempts.at(-1)?.state === 'RUNNING'
  const change: Change = !current
    ? { run, effects: [] }
    : running
      ? endAttempt(run, current.index, { state: 'CANCELLED' }, now)
      : { run: withAction(run, current.index, { state: 'PENDING' }), effects: [] }
  return { ...endRun(change, 'CANCELLED', reason, now), answer: { kind: 'ok' } }
}

/** What an action says when it finds that the disk no longer holds the image that was written. */
const IMAGE_LOST: readonly ReasonCode[] = ['gpt-damaged', 'no-partition-table']

/** The failed action, or the one that writes the image, which keeps what is whole of it. */
function beginOf(run: Run, open: number): number {
  const code = run.actions[open]?.attempts.at(-1)?.reason?.code
  if (!code || !IMAGE_LOST.includes(code)) return open
  const write = run.actions.findLastIndex(
    ({ definition: { uses } }) => uses.kind === 'builtin' && builtinNamed(uses.builtin)?.manifest,
  )
  return write >= 0 && write < open ? write : open
}

/**
 * A person takes a run up again that did not succeed. Its attempts are kept; the next `next` begins it. Begun from can be
 * any action that comes by itself, as far as the first that is not done: what is behind that one builds on it.
 */
export function retry(run: Run, from: RetryFrom): Step {
  const end = endOf(run)
  if (!end) return illegal(run, { code: 'run-not-over', slots: { state: run.state } })
  if (end === 'SUCCEEDED') return illegal(run, { code: 'run-succeeded', slots: {} })
  const open = run.actions.findIndex(({ definition, state }) => !definition.after && state !== 'SUCCEEDED')

  const names = run.actions.slice(0, open + 1).map(({ definition }) => (definition.after ? null : definition.name))
  const first =
    typeof from === 'object' ? names.indexOf(from.action) : from === 'start' ? 0 : beginOf(run, Math.max(0, open))
  if (first < 0)
    return illegal(run, {
      code: 'no-such-action',
      slots: { action: (from as { action: string }).action, names: names.filter((name) => name !== null) },
    })
  const actions: Run['actions'] = run.actions.map((action, index) =>
    index < first
      ? action
      : { ...action, state: 'PENDING', earlier: action.attempts.length, dueAt: null, result: null },
  )
  const name = actions[first]?.definition.name
  return {
    // A restore of a backup ends runs as they are, and one may stand still.
    run: { ...run, state: 'PENDING', reason: null, pause: null, dueAt: null, startedAt: null, endedAt: null, actions },
    effects: [eventOf('node.changed', { from, action: name }), { kind: 'run-reopened' }],
    answer: { kind: 'ok' },
  }
}

/** A person has the run stand still. The action that is on goes on to its end. */
export function pause(run: Run, by: string, now: number): Step {
  const end = endOf(run)
  if (end) return illegal(run, { code: 'run-over', slots: { state: end } })
  if (run.pause) return illegal(run, { code: 'run-stands-still', slots: {} })
  const reason: Reason = { code: 'paused', slots: { by } }
  return {
    run: { ...run, pause: { since: now, reason } },
    effects: [eventOf('run.paused', { reason })],
    answer: { kind: 'ok' },
  }
}

/** The run has come to an action that a person does: it stands still until somebody has it go on. */
export function standFor({ run, effects }: Change, { action, index }: Placed, now: number): Change {
  const { name, with: given } = action.definition
  const text = typeof given.message === 'string' ? given.message : name
  const reason: Reason = { code: 'waits-for-person', slots: { action: name, text } }
  const data = { action: name, reason }
  return {
    run: { ...withAction(run, index, { state: 'RUNNING' }), pause: { since: now, reason } },
    effects: [...effects, eventOf('run.paused', data)],
  }
}

/** A person lets the run go on: what it waited for at a person's hands is done. The time that it stood still does not count. */
export function resume(run: Run, by: string, now: number): Step {
  const end = endOf(run)
  if (end) return illegal(run, { code: 'run-over', slots: { state: end } })
  if (!run.pause) return illegal(run, { code: 'run-not-paused', slots: {} })
  const stood = Math.max(0, now - run.pause.since)
  const later = (at: number | null) => (at === null ? null : at + stood)
  const goesOn: Change = {
    run: {
      ...run,
      pause: null,
      dueAt: later(run.dueAt),
      actions: run.actions.map((action) => (action.dueAt == null ? action : { ...action, dueAt: later(action.dueAt) })),
    },
    effects: [eventOf('run.resumed', { by })],
  }
  return { ...afterPause(goesOn, currentAction(goesOn.run), now), answer: { kind: 'ok' } }
}

function afterPause(change: Change, current: Placed | null, now: number): Change {
  if (!current) return settled(change, null, now)
  const { action, index } = current
  const latest = action.attempts.at(-1)
  if (latest?.state === 'RUNNING') {
    // Its agent is given the same time to be heard as after an outage.
    const attempts = withLatest(action, { leaseUntil: Math.max(latest.leaseUntil, now) })
    return { ...change, run: withAction(change.run, index, { attempts }) }
  }
  if (!isForPerson(action) || action.state !== 'RUNNING') return change
  return settled({ ...change, run: withAction(change.run, index, { state: 'SUCCEEDED', result: {} }) }, null, now)
}
