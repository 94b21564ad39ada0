import type { Reason } from '@eims/contracts'
import type { EventSink, Registry } from '@eims/registry'
import type { Logger } from 'pino'
import type { RunTally } from '../run-tally.ts'
import type { DatabaseClock } from './clock.ts'
import type { Fetchable } from './template-images.ts'
import type { NodeWaits } from './waits.ts'

/** What every part of the engine's shell works with. */
export interface Engine {
  registry: Registry
  /** the site's id, the same as long as the service runs */
  siteId: string
  /** for what may be merged or lost; what must not, is written in the transaction that it belongs to */
  sink: EventSink
  /** wakes long polls of a node's agent; polling is the truth, this only makes it quick */
  waits: NodeWaits
  /** signs the sessions of agents; the same for every server of the site, read once */
  signingKey: () => Promise<Uint8Array>
  /** whether this site boots over HTTPS and over nothing else */
  httpsOnly: () => boolean
  /** since when (ms, database clock) agents could be heard without a break; null: not known yet, or the database is away */
  listening: { since: number | null }
  clock: DatabaseClock
  /** why the image with this manifest cannot be had at present; null: it can */
  reach: (manifestSha256: string) => Promise<Reason | null>
  /** what ended on this server */
  tally: RunTally
  /** adds images that workflows name to the store, in its own time; never throws. Left out: nothing is fetched */
  fetchImages?: (wanted: Fetchable[]) => Promise<void>
  log: Logger
}

/** An agent whose session token is one of ours; whether its session is still there, tells what is read of its machine. */
export interface Caller {
  sessionId: string
  agentKeyHash: string
  /** base URL under which it reached us */
  base: string
  /** seconds for which its transport lets it be silent */
  lease: number
}
