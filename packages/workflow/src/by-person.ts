import type { Reason, Run } from '@eims/contracts'
import { type Change, endAttempt, endRun } from './ending.ts'
import type { Step } from './events.ts'
import { currentAction, endOf, unchanged } from './run.ts'

/** A person stops the run. Its agent hears of it with its next report. */
export function cancel(run: Run, reason: Reason, now: number): Step {
  const end = endOf(run)
  if (end) return unchanged(run, { kind: 'illegal', reason: { code: 'run-over', slots: { state: end } } })
  const current = currentAction(run)
  const running = current?.action.attempts.at(-1)?.state === 'RUNNING'
  const change: Change =
    current && running ? endAttempt(run, current.index, { state: 'CANCELLED' }, now) : { run, effects: [] }
  return { ...endRun(change, 'CANCELLED', reason, now), answer: { kind: 'ok' } }
}

/** A person takes a run up again that did not succeed. Its attempts are kept; the next `next` begins it. */
export function retry(run: Run, from: 'failed-action' | 'start'): Step {
  const end = endOf(run)
  if (!end) return unchanged(run, { kind: 'illegal', reason: { code: 'run-not-over', slots: { state: run.state } } })
  const current = currentAction(run)
  if (!current) return unchanged(run, { kind: 'illegal', reason: { code: 'run-succeeded', slots: {} } })

  const first = from === 'start' ? 0 : current.index
  const actions: Run['actions'] = run.actions.map((action, index) =>
    index < first ? action : { ...action, state: 'PENDING', result: null },
  )
  const name = actions[first]?.definition.name
  return {
    run: { ...run, state: 'PENDING', reason: null, startedAt: null, endedAt: null, actions },
    effects: [
      {
        kind: 'event',
        event: 'node.changed',
        message: `the run is taken up again from ${from === 'start' ? 'the start' : name}`,
        data: { from, action: name },
      },
      { kind: 'run-reopened' },
    ],
    answer: { kind: 'ok' },
  }
}
