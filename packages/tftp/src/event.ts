import type { Client } from './line.ts'
import type { AnyReason, TftpReason } from './tftp-reason.ts'

/** Why a request was refused. `busy` is answered with silence, the others with an ERROR packet. */
export type Refusal = 'notFound' | 'denied' | 'name' | 'write' | 'mode' | 'option' | 'busy'

/** What happened to one request. `reason` is null when there is nothing to explain. */
export interface TftpEvent<R = AnyReason> {
  /**
   * `started`: the client took the first step after its request; one that only asked for the size (OVMF) is not told.
   * `refused`: ended before it began (not found, bad name, limits, options). `aborted`: by the client, by
   * close(), or for a new request that needed the place of one who never acknowledged anything.
   * `finished` with a reason: the client went silent after the last block, as ROMs do that run it at once.
   */
  readonly kind: 'started' | 'finished' | 'failed' | 'aborted' | 'refused'
  readonly name: string
  readonly mac: string | null
  readonly client: Client
  /** of the file; null when none was opened */
  readonly size: number | null
  /** acknowledged */
  readonly bytes: number
  readonly retransmissions: number
  /** since the request came in */
  readonly milliseconds: number
  readonly reason: TftpReason<R> | null
  /** what kind of refusal it was */
  readonly refusal?: Refusal
  /** what was agreed on, once the client's options have been weighed */
  readonly blksize?: number
  readonly windowsize?: number
}
