import { type ActionRun, type Attempt, builtinNamed, type FailedFacts, type Reason, type Run } from '@eims/contracts'
import { attemptsSince, currentAction, endOf, isHeld } from './run.ts'

/** Why the next action of a run does not begin now, and for how many seconds at least that stays so; null: nobody knows. */
export interface Wait {
  reason: Reason
  seconds: number | null
}

/** Seconds: a back-off doubles up to a day. */
const LONGEST_BACKOFF = 86_400

/** An attempt that is known to have ended badly; of a lost one nobody knows. */
const isFailure = ({ state }: Attempt) => state === 'FAILED' || state === 'TIMED_OUT'

/** How many attempts of an action ended badly since a person last took its run up again. */
export const failuresOf = (action: ActionRun): number => attemptsSince(action).filter(isFailure).length

/** Whether a person, and no agent, does this action. */
export const isForPerson = ({ definition: { uses } }: ActionRun): boolean =>
  uses.kind === 'builtin' && builtinNamed(uses.builtin)?.byEngine === true

/** What keeps the run's next action from being begun at `now`; null: nothing. */
export function waitOf(run: Run, now: number): Wait | null {
  if (run.pause) return { reason: run.pause.reason, seconds: null }
  const action = currentAction(run)?.action
  const latest = action && attemptsSince(action).at(-1)
  if (!latest || !isFailure(latest)) return null
  const { name, retries = 0, backoff = 0 } = action.definition
  const ago = (now - (latest.endedAt ?? now)) / 1000
  return backsOff({ action: name, failures: failuresOf(action), retries, backoff, why: latest.reason, ago })
}

/** What keeps an action that failed from being tried again; null: its pause is over. */
export function backsOff({ action, failures, retries, backoff, why, ago }: FailedFacts): Wait | null {
  const pause = Math.min(LONGEST_BACKOFF, backoff * 2 ** Math.min(failures - 1, 30))
  // A clock that was set back a little makes no pause longer than it is.
  const seconds = Math.min(pause, Math.ceil(pause - ago))
  if (seconds <= 0) return null
  const slots = { action, why, left: Math.max(0, retries - failures + 1), seconds: pause }
  return { reason: { code: 'backs-off', slots }, seconds }
}

/** What an active run stands still for while nobody holds an action of it; null: it goes on. */
export function standsStill(run: Run, now: number): Wait | null {
  const action = currentAction(run)?.action
  return endOf(run) || (action && isHeld(action)) ? null : waitOf(run, now)
}

/** The manifest of the image that the session's next action would write; null: that writes none, or is on already. */
export function manifestDue(run: Run, sessionId: string): string | null {
  const action = endOf(run) ? undefined : currentAction(run)?.action
  if (!action || (isHeld(action) && action.attempts.at(-1)?.sessionId === sessionId)) return null
  const { uses, with: given } = action.definition
  const { manifest } = (uses.kind === 'builtin' && builtinNamed(uses.builtin)) || {}
  const digest = manifest === undefined ? undefined : given[manifest]
  return typeof digest === 'string' ? digest : null
}
