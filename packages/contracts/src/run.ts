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
  /** why it ended as it did */
  reason: Reason | null
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  /** in the order of the plan */
  actions: ActionRun[]
}

export interface ActionRun {
  /** frozen when the run was made */
  definition: Action
  state: ActionState
  /** every attempt is kept, oldest first */
  attempts: Attempt[]
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
