import type { BootSession, Db, EventSink, NewEvent, Registry } from '@eims/registry'
import type { Logger } from 'pino'
import type { NodeWaits } from './waits.ts'

/** What every part of the engine's shell works with. */
export interface Engine {
  registry: Registry
  /** for what may be merged or lost; what must not, is written in the transaction that it belongs to */
  sink: EventSink
  /** wakes long polls of a node's agent; polling is the truth, this only makes it quick */
  waits: NodeWaits
  /** whether this site boots over HTTPS and over nothing else */
  httpsOnly: () => boolean
  log: Logger
}

/** An agent whose session was verified. */
export interface Caller {
  session: BootSession
  /** base URL under which it reached us */
  base: string
}

/** A transaction's client together with the events that it will append. */
export interface Work {
  tx: Db
  events: NewEvent[]
}
