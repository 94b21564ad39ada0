import type { Architecture } from './architecture.ts'
import type { Finish } from './finish.ts'
import type { Disk } from './inventory.ts'
import type { HostState, InstanceState, NetbootPolicy } from './node.ts'
import type { RunState } from './plan.ts'
import type { Reason } from './reason.ts'
import type { UnknownPolicy } from './site.ts'

/*
 * What the one judgement about a machine rests on, and what comes out. The registry reads the facts, packages/workflow
 * judges, everybody else asks.
 */

/** A profile with its image. */
export interface ProfileFacts {
  name: string
  architecture: Architecture
  finish: Finish
  kernelArgs: string
  /** seconds */
  phoneHomeTimeout: number
  /** the stored workflow that it names; left out as null: none */
  workflow?: string | null
  image: { name: string; state: 'converting' | 'ready' | 'failed'; reason: Reason | null }
}

/** What decides whether a machine may boot from the network at all. */
export interface AdmissionFacts {
  name: string
  state: HostState
  netbootPolicy: NetbootPolicy
}

export interface NodeFacts extends AdmissionFacts {
  id: string
  /** false for a machine that appeared by itself and that nobody has taken over */
  registered: boolean
  status: Reason
  /** a person's reason to hold it */
  hold: string | null
  lastSeenAt: string | null
  /** its own profile, else the site's default */
  profile: ProfileFacts | null
  /** the OS on it, or the one that it is to get; `profile`: the name of what it was made with */
  instance: { id: string; state: InstanceState; status: Reason; profile: string | null } | null
  /** its newest run; `pause`: why it stands still */
  run: RunFacts | null
  /** why the workflow of its profile made no run when that was last tried, and when (ISO); left out as null: nothing is known */
  planFault?: { reason: Reason; at: string } | null
  /** of its last inventory; null before the first */
  architecture: Architecture | null
  disks: Disk[] | null
}

interface RunFacts {
  id: string
  state: RunState
  reason: Reason | null
  pause: Reason | null
  instanceId: string
  /** which image it waits for that no server has, and when (ISO) its machine was last told so; null, or left out: none */
  away?: { reason: Reason; at: string } | null
  /** the action that is to be tried again */
  failed?: FailedFacts | null
}

/** An action that failed, or whose time was up, and that is to be tried again. */
export interface FailedFacts {
  action: string
  /** how often since a person last took the run up */
  failures: number
  retries: number
  /** seconds before the second attempt, twice as many before each further one */
  backoff: number
  why: Reason | null
  /** seconds since the last attempt ended */
  ago: number
}

export interface SiteFacts {
  unknownPolicy: UnknownPolicy | null
  autoProvision: boolean
  overwriteUnregistered: boolean
  defaultProfile: ProfileFacts | null
}

export type WhoFacts =
  | { kind: 'node'; node: NodeFacts }
  /** nobody registered it and it was never here; its node is made when it onboards */
  | { kind: 'unknown' }
  /** its identifiers contradict the registry, or it has none; it could be each of the candidates */
  | { kind: 'conflict'; why: Reason; candidates: AdmissionFacts[] }

export interface JudgeFacts {
  who: WhoFacts
  site: SiteFacts
  /** as the asking machine says; null: what its last inventory says */
  architecture: Architecture | null
}

/**
 * `provision`: a run goes on, or may be made; `local-disk`: it is done, or a person says so; `wait`: until the facts
 * change; `refused`: it gets nothing.
 */
export interface Judgement {
  kind: 'provision' | 'local-disk' | 'wait' | 'refused'
  reason: Reason
}
