import type { ActionRun, Run } from '@eims/contracts'
import { type Change, endAttempt, endRun } from './ending.ts'

/** Whether the newest attempt of an action takes longer than the action may. */
export function isOverdue({ definition, attempts }: ActionRun, now: number): boolean {
  const latest = attempts.at(-1)
  return latest !== undefined && now - latest.startedAt > definition.timeout * 1000
}

/** Ends the newest attempt of action `index` and the run with it. */
export function timeOut(run: Run, index: number, now: number, heard = {}): Change {
  const { name, timeout } = run.actions[index]?.definition ?? { name: 'an action', timeout: 0 }
  const change = endAttempt(run, index, { state: 'TIMED_OUT', heard }, now)
  return endRun(change, 'TIMED_OUT', { code: 'action-timed-out', slots: { action: name, seconds: timeout } }, now)
}
