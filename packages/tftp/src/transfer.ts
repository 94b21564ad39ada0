import { printable } from './name.ts'
import type { Terms } from './options.ts'
import { errorCode, type Options, type Packet } from './packet.ts'

/**
 * One read transfer as a pure machine: (state, event) -> state, what to send, how long to wait, and the end.
 * It knows blocks, not bytes: the shell reads the blocks that a `data` send names and puts them on the wire.
 *
 * Blocks are counted without wrapping; the OACK counts as block 0, which RFC 2347 lets the client acknowledge.
 */
export interface Transfer {
  readonly size: number
  readonly terms: Terms
  readonly patience: Patience
  /** highest block acknowledged; -1 while the OACK is not */
  readonly acked: number
  /** highest block sent */
  readonly sent: number
  /** retransmissions since something was last acknowledged */
  readonly tries: number
  /** retransmissions in all */
  readonly retransmissions: number
}

/** Milliseconds to the first retransmission, the ceiling of its doubling, and retransmissions before giving up. */
export interface Patience {
  readonly firstMs: number
  readonly ceilingMs: number
  readonly tries: number
}

/** 1, 2, 4, 8, 8, 8, 8 s: 39 s in all, more than any boot ROM waits. */
export const defaultPatience: Patience = { firstMs: 1000, ceilingMs: 8000, tries: 6 }

export type TransferEvent =
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'timeout' }
  /** the client's ERROR packet */
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  /** this side ends it; `message` goes to the client as an ERROR, null says nothing */
  | { readonly kind: 'stop'; readonly end: End; readonly message: string | null }

export type Send =
  /** blocks first..last, counted from 1 without wrapping */
  | { readonly kind: 'data'; readonly first: number; readonly last: number }
  | { readonly kind: 'oack'; readonly options: Options }
  | Extract<Packet, { kind: 'error' }>

export type End = { readonly result: 'finished' | 'failed' | 'aborted'; readonly reason: string | null }

export interface Step {
  readonly state: Transfer
  readonly sends: readonly Send[]
  /** start the timer anew with so many milliseconds; without it a running timer runs on */
  readonly waitMs?: number
  readonly end?: End
}

/** Starts a transfer of `size` bytes: the OACK if there are options to confirm, else the first window of data. */
export function begin(size: number, terms: Terms, patience: Patience): Step {
  const acked = terms.accepted.length > 0 ? -1 : 0
  return sendNext({
    size,
    terms,
    patience: terms.timeoutSeconds === null ? patience : patienceOf(terms.timeoutSeconds),
    acked,
    sent: 0,
    tries: 0,
    retransmissions: 0,
  })
}

/** The whole machine. Every event is possible in every state; after an `end` the shell sends no more events. */
export function step(state: Transfer, event: TransferEvent): Step {
  switch (event.kind) {
    case 'ack':
      return onAck(state, event.block)
    case 'timeout':
      return onTimeout(state)
    case 'error':
      return end(state, {
        result: 'aborted',
        reason: `client sent ERROR ${event.code} ${printable(event.message)}`.trim(),
      })
    case 'stop':
      return end(state, event.end, event.message)
  }
}

/** The last block: the first that is shorter than blksize, and empty when the size is a multiple of it. */
export function lastBlock({ size, terms }: Transfer): number {
  return Math.floor(size / terms.blksize) + 1
}

/** Bytes of the file that the client has acknowledged. */
export function bytesAcked({ acked, size, terms }: Transfer): number {
  return Math.min(Math.max(acked, 0) * terms.blksize, size)
}

function onAck(state: Transfer, block: number): Step {
  const ahead = (block - state.acked) & 0xffff
  // Answering a repeated ACK would double every packet from here on (RFC 1123 4.2.3.1, "Sorcerer's Apprentice");
  // what was lost is repeated by the timer alone. Anything else outside the window is old or made up.
  if (ahead === 0 || ahead > state.sent - state.acked) return { state, sends: [] }
  const next = { ...state, acked: state.acked + ahead, tries: 0 }
  if (next.acked === lastBlock(next)) return end(next, { result: 'finished', reason: null })
  // RFC 7440 section 4: an ACK inside the window says that the block after it was lost; the window restarts there.
  return sendNext(next)
}

function onTimeout(state: Transfer): Step {
  if (state.tries >= state.patience.tries) {
    const what = state.acked < 0 ? 'the options' : `block ${state.acked + 1} of ${lastBlock(state)}`
    return end(state, { result: 'failed', reason: `no acknowledgement of ${what}` }, 'no acknowledgement')
  }
  return sendNext({ ...state, tries: state.tries + 1, retransmissions: state.retransmissions + 1 })
}

function sendNext(state: Transfer): Step {
  const { firstMs, ceilingMs } = state.patience
  const waitMs = Math.min(firstMs * 2 ** state.tries, ceilingMs)
  if (state.acked < 0) return { state, sends: [{ kind: 'oack', options: state.terms.accepted }], waitMs }
  const first = state.acked + 1
  const last = Math.min(state.acked + state.terms.windowsize, lastBlock(state))
  return { state: { ...state, sent: last }, sends: [{ kind: 'data', first, last }], waitMs }
}

function end(state: Transfer, ending: End, message: string | null = null): Step {
  const sends = message === null ? [] : [{ kind: 'error', code: errorCode.other, message } as const]
  return { state, sends, end: ending }
}

/** RFC 2349: the client fixes the interval, so it does not grow; about a minute in all, but never fewer than two tries. */
function patienceOf(seconds: number): Patience {
  const tries = Math.max(2, Math.min(defaultPatience.tries, Math.floor(60 / seconds)))
  return { firstMs: seconds * 1000, ceilingMs: seconds * 1000, tries }
}
