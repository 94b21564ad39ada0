import {
  type Action,
  type EventKind,
  messageOf,
  type Reason,
  type ReportRequest,
  type RetryFrom,
  type Run,
  type RunState,
} from '@eims/contracts'

/** What can happen to a run. Sessions are the transport's: it has already checked that they belong to the run's node. */
export type RunEvent =
  /** an agent asks what to do; `lease`: for how many seconds its transport lets it be silent */
  | { kind: 'next'; sessionId: string; lease: number }
  /** an agent tells how its action goes */
  | { kind: 'report'; sessionId: string; report: ReportRequest; lease: number }
  /**
   * time passed. `listeningSince`: since when (ms) this server has heard agents without a break, that is the later of
   * its own start and the database's last return; leases that ran out before count from then.
   */
  | { kind: 'tick'; listeningSince: number }
  /** a person stops the run */
  | { kind: 'cancel'; reason: Reason }
  /** a person takes a failed, timed-out or cancelled run up again */
  | { kind: 'retry'; from: RetryFrom }
  /** a person has the run stand still as soon as the action that is on is done, and lets it go on */
  | { kind: 'pause' | 'resume'; by: string }

/** What the shell must do beside storing the run, in this order, in the same transaction. */
export type Effect =
  /** a line on the node's timeline */
  | { kind: 'event'; event: EventKind; message: string; data: Record<string, unknown> }
  /** PENDING -> RUNNING: the instance is PROVISIONING */
  | { kind: 'run-started' }
  /** the run is over: SUCCEEDED makes the instance PROVISIONED, FAILED and TIMED_OUT make it FAILED */
  | { kind: 'run-ended'; state: Exclude<RunState, 'PENDING' | 'RUNNING'>; reason: Reason | null }
  /** a person took it up again: it is the node's active run once more */
  | { kind: 'run-reopened' }

/** PURE: a line on the node's timeline, with the message that its data make. */
export const eventOf = (event: EventKind, data: Record<string, unknown>): Effect => ({
  kind: 'event',
  event,
  message: messageOf({ kind: event, data }),
  data,
})

/** What the caller hears. An event that the run's state does not allow is an answer too, never a throw. */
export type Answer =
  /** to `next`: do this. The fields of NextReply's `action` */
  | {
      kind: 'action'
      action: Action
      attempt: number
      /** highest report number heard of this attempt: a restarted agent goes on counting from here */
      lastSeq: number
      leaseSeconds: number
      index: number
      count: number
      results: Record<string, unknown>
    }
  /** to `next`: not yet; `seconds` until it makes sense to ask again, null: until somebody does something */
  | { kind: 'wait'; reason: Reason; seconds: number | null }
  /** to `next`: the run is over */
  | { kind: 'done'; state: Exclude<RunState, 'PENDING' | 'RUNNING'>; reason: Reason | null }
  /**
   * to `report`. `fresh` is false for one that changed nothing, whose log lines are stored already;
   * `cancelled`: the run ended under the agent's hands (by a person, or its time was up), so it stops
   */
  | { kind: 'accepted'; fresh: boolean; cancelled: boolean; leaseSeconds: number }
  /** to `report`: of an attempt that is over, or not this session's. Problem `stale-report` */
  | { kind: 'stale'; reason: Reason }
  /** to `tick`, and to what a person asks for: done */
  | { kind: 'ok' }
  /** to what a person asks for: not in this state. Problem `wrong-state` */
  | { kind: 'illegal'; reason: Reason }

/** `run` is a new object when something changed, else the very one that came in. */
export interface Step {
  run: Run
  effects: Effect[]
  answer: Answer
}
