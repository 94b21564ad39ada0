import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Segment } from '../segment.ts'

/** What the service is started with: every part may use it. */
export interface Given {
  config: Config
  segments: Segment[]
  hostname: string
  /** hears when something fails later in a way that ends the service; the exit code is 1 unless it says another one */
  onBroken: (why: string, exitCode?: number) => void
  /** milliseconds since 1970 */
  now: () => number
  log: Logger
}

/** Exit code (EX_TEMPFAIL of sysexits.h) by which systemd's unit knows that its sockets have to be opened anew. */
export const OPEN_ANEW = 75

/** The base URLs under which machines of a segment reach this server. */
export const basesOn = ({ address }: Pick<Segment, 'address'>, { httpPort, httpsPort }: Config) => ({
  http: `http://${address}:${httpPort}`,
  https: `https://${address}:${httpsPort}`,
})
