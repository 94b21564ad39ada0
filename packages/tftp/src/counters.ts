import type { Refusal, TftpEvent } from './event.ts'

/** Totals since the start of the server. `bytes` and `retransmissions` are of transfers that have ended. */
export interface TftpCounters {
  /** RRQ and WRQ; a repeated one that changed nothing is in `repeated`, too */
  requests: number
  repeated: number
  started: number
  finished: number
  /** of the finished: without an ACK of the last block */
  finishedUnacknowledged: number
  aborted: number
  /** of the aborted: had acknowledged nothing, and a new request needed the place */
  gaveWay: number
  /** asked for the size only, then aborted, as OVMF does */
  probed: number
  failed: number
  refused: number
  refusedNotFound: number
  refusedDenied: number
  refusedName: number
  refusedWrite: number
  refusedMode: number
  refusedOption: number
  refusedBusy: number
  /** datagrams that are no TFTP */
  malformed: number
  /** ACK and DATA that belong to no transfer */
  strays: number
  bytes: number
  retransmissions: number
}

const ofRefusal = {
  notFound: 'refusedNotFound',
  denied: 'refusedDenied',
  name: 'refusedName',
  write: 'refusedWrite',
  mode: 'refusedMode',
  option: 'refusedOption',
  busy: 'refusedBusy',
} as const satisfies Record<Refusal, keyof TftpCounters>

/** The counters of one server, with the one way that events change them. */
export class Counters {
  #totals: TftpCounters = {
    requests: 0,
    repeated: 0,
    started: 0,
    finished: 0,
    finishedUnacknowledged: 0,
    aborted: 0,
    gaveWay: 0,
    probed: 0,
    failed: 0,
    refused: 0,
    refusedNotFound: 0,
    refusedDenied: 0,
    refusedName: 0,
    refusedWrite: 0,
    refusedMode: 0,
    refusedOption: 0,
    refusedBusy: 0,
    malformed: 0,
    strays: 0,
    bytes: 0,
    retransmissions: 0,
  }

  add(what: 'requests' | 'repeated' | 'gaveWay' | 'probed' | 'malformed' | 'strays'): void {
    this.#totals[what]++
  }

  /** Counts what an event tells. */
  tell({ kind, bytes, retransmissions, refusal, reason }: TftpEvent<unknown>): void {
    const totals = this.#totals
    totals[kind]++
    if (refusal) totals[ofRefusal[refusal]]++
    if (kind === 'finished' && reason !== null) totals.finishedUnacknowledged++
    if (kind === 'started') return
    totals.bytes += bytes
    totals.retransmissions += retransmissions
  }

  /** A copy, as plain numbers. */
  read(): TftpCounters {
    return { ...this.#totals }
  }
}
