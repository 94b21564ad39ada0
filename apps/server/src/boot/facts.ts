import type {
  Architecture,
  Finish,
  HostState,
  ImageState,
  InstanceState,
  NetbootPolicy,
  UnknownPolicy,
} from '@eims/contracts'
import type { z } from 'zod'

/** Everything that the boot decision rests on, as plain data. */
export type BootFacts =
  /** the registry cannot be asked */
  | { databaseUp: false }
  | {
      databaseUp: true
      match: MatchFacts
      site: {
        unknownPolicy: UnknownPolicy | null
        defaultProfile: ProfileFacts | null
        autoProvision: boolean
      }
      /** of the asking machine; null when its firmware did not say or we do not know it */
      architecture: Architecture | null
      /** architectures whose Micro-OS this server can hand out */
      microOs: Architecture[]
    }

export type MatchFacts =
  | { kind: 'node'; node: NodeFacts }
  /** nobody registered it and it was never here; its node is made when it onboards */
  | { kind: 'unknown' }
  /** its identifiers contradict the registry; it could be each of the candidates */
  | { kind: 'conflict'; reason: string; candidates: { name: string; policy: NetbootPolicy }[] }

export interface NodeFacts {
  id: string
  name: string
  /** false for a machine that appeared by itself and that nobody has taken over */
  registered: boolean
  state: HostState
  /** the gate before network boot */
  policy: NetbootPolicy
  /** why a person or the identity check holds it, else null */
  held: string | null
  /** its own profile, or the site's default; whether a default applies to an unregistered machine is decided here */
  profile: ProfileFacts | null
  /** the OS on it; reason: why it is FAILED */
  instance: { state: InstanceState; reason: string | null } | null
  /** its run that is PENDING or RUNNING */
  activeRun: { id: string } | null
}

export interface ProfileFacts {
  name: string
  architecture: Architecture
  finish: Finish
  kernelArgs: string
  /** null when the image is gone from the registry; reason: why its conversion failed */
  image: { name: string; state: z.infer<typeof ImageState>; reason: string | null } | null
}
