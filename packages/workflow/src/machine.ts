import type { Run } from '@eims/contracts'
import { cancel, pause, resume, retry } from './by-person.ts'
import type { RunEvent, Step } from './events.ts'
import { tick } from './lease.ts'
import { next } from './next.ts'
import { report } from './report.ts'

/**
 * What an event makes of a run at `now` (ms on the database's clock).
 *
 * The run that comes in is left as it is; `run` in the answer is a new object when something changed and the same one
 * when nothing did, so the shell stores only what differs. An event that the state does not allow is an answer
 * (`stale`, `done`, `illegal`), never a throw.
 */
export function step(run: Run, event: RunEvent, now: number): Step {
  switch (event.kind) {
    case 'next':
      return next(run, event, now)
    case 'report':
      return report(run, event, now)
    case 'tick':
      return tick(run, event.listeningSince, now)
    case 'cancel':
      return cancel(run, event.reason, now)
    case 'retry':
      return retry(run, event.from)
    case 'pause':
      return pause(run, event.by, now)
    case 'resume':
      return resume(run, event.by, now)
  }
}
