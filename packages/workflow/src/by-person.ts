import { builtinNamed, type Reason, type ReasonCode, type Run } from '@eims/contracts'
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

/** What an action says when it finds that the disk no longer holds the image that was written. */
const IMAGE_LOST: readonly ReasonCode[] = ['gpt-damaged', 'no-partition-table']

/** The failed action, or the one that writes the image, which keeps what is whole of it. */
function beginOf(run: Run, { action, index }: NonNullable<ReturnType<typeof currentAction>>): number {
  const code = action.attempts.at(-1)?.reason?.code
  if (!code || !IMAGE_LOST.includes(code)) return index
  const write = run.actions.findLastIndex(
    ({ definition: { uses } }) => uses.kind === 'builtin' && builtinNamed(uses.builtin)?.manifest,
  )
  return write >= 0 && write < index ? write : index
}

/** A person takes a run up again that did not succeed. Its attempts are kept; the next `next` begins it. */
export function retry(run: Run, from: 'failed-action' | 'start'): Step {
  const end = endOf(run)
  if (!end) return unchanged(run, { kind: 'illegal', reason: { code: 'run-not-over', slots: { state: run.state } } })
  const current = currentAction(run)
  if (!current) return unchanged(run, { kind: 'illegal', reason: { code: 'run-succeeded', slots: {} } })

  const first = from === 'start' ? 0 : beginOf(run, current)
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
