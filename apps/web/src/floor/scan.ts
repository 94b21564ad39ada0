import type { Node, ShownReason, Standing } from '@eims/contracts'
import type { Job } from './code.ts'

/** What the floor shows of a machine, as it was at an instant. */
export interface Facts {
  id: string
  name: string
  serial: string | null
  mac: string | null
  manufacturer: string | null
  product: string | null
  batch: string | null
  standing: Standing
  reason: ShownReason
  hold: string | null
  /** whether a run of it is under way */
  isBusy: boolean
  /** milliseconds since 1970, by this device's clock */
  at: number
}

/** Of several machines that one code fits. */
export type Candidate = Pick<Node, 'name' | 'manufacturer' | 'product'>

/** What became of a scan. */
export type Outcome =
  | { kind: 'found'; facts: Facts }
  /** `before`: what it was changed from, for undoing it; null: nobody knows any more */
  | { kind: 'done'; facts: Facts; before: Facts | null }
  /** there was nothing to change */
  | { kind: 'already'; facts: Facts }
  | { kind: 'undone'; facts: Facts }
  /** it was taken back before it was sent */
  | { kind: 'dropped' }
  /** somebody changed it after the scan that was to be undone */
  | { kind: 'changed-meanwhile'; facts: Facts }
  | { kind: 'nobody' }
  | { kind: 'several'; candidates: Candidate[] }
  /** in the state in which it is, or by this key, that is not to be had; `reason`: the server's, if it has one */
  | { kind: 'refused'; facts: Facts | null; code: string; reason: ShownReason | null; text: string }

/** One scan of a machine: what is to be done with it, and what came of that. */
export interface Scan {
  /** a UUID; its Idempotency-Key */
  id: string
  /** as it came */
  code: string
  ref: string
  at: number
  /** name of the key of whoever scanned: nobody else's sends it */
  by: string
  job: Job | Undo
  /** how the machine was before it was put into a batch; written down before that is sent */
  before: Facts | null
  /** whether a change of it may have reached the server */
  isSent: boolean
  /** null: it waits */
  outcome: Outcome | null
}

/** Takes back what another scan did. */
export interface Undo {
  kind: 'undo'
  /** id of that scan */
  of: string
}

/** PURE: whether it can still be undone by what is known of it. */
export const isUndoable = ({ job, outcome }: Scan): boolean =>
  job.kind !== 'undo' && job.kind !== 'look-up' && (outcome === null || outcome.kind === 'done')
