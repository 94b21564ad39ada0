import { z } from 'zod'
import { named } from './component.ts'
import type { Action, ActionState, RunState } from './plan.ts'
import type { Reason } from './reason.ts'

/** What a run puts on a disk, by the names of the time when it was made: the profile may get another image later. */
export const Installed = z.object({
  profile: z.string(),
  /** of the profile; may be empty */
  version: z.string(),
  image: z.string(),
  manifestSha256: z.string(),
})
export type Installed = z.infer<typeof Installed>

/**
 * A run as the engine holds it: plain data, times in milliseconds since 1970 on the database's clock.
 * The workflow package turns it, the registry stores it, nobody else changes it.
 */
export interface Run {
  id: string
  nodeId: string
  instanceId: string
  /** given when it is made, and not read with it */
  installs?: Installed
  state: RunState
  /** why it ended as it did; of one that is under way: the first of its actions that failed for good, so that it will */
  reason: Reason | null
  /** seconds that it may take; 0: no limit */
  timeout: number
  /** by then it must be over; null: no limit, or not begun */
  dueAt: number | null
  /** it stands still, by a person's word or until there is one */
  pause: Pause | null
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  /** in the order of the plan */
  actions: ActionRun[]
}

export interface Pause {
  since: number
  reason: Reason
}

export interface ActionRun {
  /** frozen when the run was made */
  definition: Action
  state: ActionState
  /** every attempt is kept, oldest first */
  attempts: Attempt[]
  /** so many of them are of before a person took the run up again, and count no more */
  earlier: number
  /** by then all attempts that count must be over; null, or left out: no limit, or none has begun */
  dueAt?: number | null
  /** of the attempt that succeeded */
  result: Record<string, unknown> | null
}

export interface Attempt {
  /** counts from 1 in its action */
  number: number
  /** LOST: its lease ran out and nobody knows how it ended */
  state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'LOST' | 'CANCELLED'
  /** the boot session that holds the lease */
  sessionId: string
  startedAt: number
  leaseUntil: number
  endedAt: number | null
  /** highest accepted report number; 0 before the first */
  lastSeq: number
  progress: number | null
  /** why it failed */
  reason: Reason | null
  exitCode: number | null
  /** what the registry keeps of its log lines, in bytes; `tail`: those behind the gap. Left out while there are none */
  log?: { bytes: number; tail: number }
}

named({ Installed })
