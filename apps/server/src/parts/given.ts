import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Segment } from '../segment.ts'

/** What the service is started with: every part may use it. */
export interface Given {
  config: Config
  segments: Segment[]
  hostname: string
  /** hears when something fails later in a way that ends the service */
  onBroken: (why: string) => void
  /** milliseconds since 1970 */
  now: () => number
  log: Logger
}

/** The base URLs under which machines of a segment reach this server. */
export const basesOn = ({ address }: Segment, { httpPort, httpsPort }: Config) => ({
  http: `http://${address}:${httpPort}`,
  https: `https://${address}:${httpsPort}`,
})
