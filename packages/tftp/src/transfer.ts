import { printable } from './name.ts'
import type { Terms } from './negotiation.ts'
import { errorCode, type Options, type Packet } from './packet.ts'
import type { EndReason } from './tftp-reason.ts'

/**
 * One read transfer as a pure machine: (state, event) -> state, what to send, how long to wait, and the end.
 * It knows blocks, not bytes: the shell reads the blocks that a `data` send names and puts them on the wire.
 *
 * Blocks are counted without wrapping; the OACK counts as block 0, which RFC 2347 lets the client acknowledge.
 */
interface Transfer {
  readonly size: number
  readonly terms: Terms
  readonly patience: Patience
  /** highest block acknowledged; -1 while the OACK is not */
  readonly acked: number
  /** highest block sent */
  readonly sent: number
  /** retransmissions since something was last acknowledged */
  readonly tries: number
  /** a repeated ACK of the block before the window: noted, then the window is repeated once, then no more of them */
  readonly doubt: 'none' | 'noted' | 'answered'
  /** packets or windows repeated, in all */
  readonly retransmissions: number
}

/** Milliseconds to the first retransmission, the ceiling of its doubling, and retransmissions before giving up. */
export interface Patience {
  readonly firstMs: number
  readonly ceilingMs: number
  readonly tries: number
  /** retransmissions of the file's end to a client that acknowledged what came before it */
  readonly lastTries: number
  /** from a repeated ACK of the block before the window to that window's retransmission */
  readonly doubtMs: number
}

/** 1, 2, 4, 8, 8, 8, 8 s: 39 s in all, more than any boot ROM waits; 7 s for the end of a file. */
export const defaultPatience: Patience = { firstMs: 1000, ceilingMs: 8000, tries: 6, lastTries: 2, doubtMs: 10 }

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

export type End = { readonly result: 'finished' | 'failed' | 'aborted'; readonly reason: EndReason | null }

export interface Step {
  readonly state: Transfer
  readonly send?: Send
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
    patience: terms.timeoutSeconds === null ? patience : patienceOf(terms.timeoutSeconds, patience),
    acked,
    sent: 0,
    tries: 0,
    doubt: 'none',
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
        reason: { code: 'tftp-client-error', slots: { number: event.code, text: printable(event.message) } },
      })
    case 'stop':
      return end(state, event.end, event.message)
  }
}

/** The last block: the first that is shorter than blksize, and empty when the size is a multiple of it. */
function lastBlock({ size, terms }: Transfer): number {
  return Math.floor(size / terms.blksize) + 1
}

/** Bytes of the file that the client has acknowledged. */
export function bytesAcked({ acked, size, terms }: Transfer): number {
  return Math.min(Math.max(acked, 0) * terms.blksize, size)
}

function onAck(state: Transfer, block: number): Step {
  const ahead = (block - state.acked) & 0xffff
  if (ahead === 0) return onRepeatedAck(state)
  // Outside the window: old, or made up.
  if (ahead > state.sent - state.acked) return { state }
  const acked = state.acked + ahead
  if (acked === lastBlock(state)) return end({ ...state, acked }, { result: 'finished', reason: null })
  // RFC 7440 section 4: an ACK inside the window says that the block after it was lost; the window restarts there.
  const retransmissions = state.retransmissions + (acked < state.sent && state.sent > 0 ? 1 : 0)
  return sendNext({ ...state, acked, tries: 0, doubt: 'none', retransmissions })
}

/**
 * In lock step, answering it would double every packet from here on (RFC 1123 4.2.3.1, "Sorcerer's Apprentice"): the
 * timer alone repeats. With a window it is how a client says that the window's first block was lost (RFC 7440 section
 * 4), or the line doubled it, and then the window's own ACK comes in a moment: so wait that moment, once for each window.
 */
function onRepeatedAck(state: Transfer): Step {
  const { terms, acked, sent, doubt, patience } = state
  if (terms.windowsize === 1 || doubt !== 'none' || acked < 0 || sent === acked) return { state }
  return { state: { ...state, doubt: 'noted' }, waitMs: patience.doubtMs }
}

function onTimeout(state: Transfer): Step {
  const retransmissions = state.retransmissions + 1
  if (state.doubt === 'noted') return sendNext({ ...state, doubt: 'answered', retransmissions })
  const { tries, lastTries } = state.patience
  // Many boot ROMs run the file as soon as its last block is there, and acknowledge nothing more.
  const read =
    state.sent === lastBlock(state) && (state.acked > 0 || (state.acked === 0 && state.terms.accepted.length > 0))
  if (read && state.tries >= Math.min(tries, lastTries)) {
    return end(state, { result: 'finished', reason: { code: 'tftp-last-ack-missing', slots: {} } })
  }
  if (state.tries >= tries) {
    const slots = { block: state.acked + 1, last: lastBlock(state) }
    return end(state, { result: 'failed', reason: { code: 'tftp-no-ack', slots } }, 'no acknowledgement')
  }
  return sendNext({ ...state, tries: state.tries + 1, doubt: 'none', retransmissions })
}

function sendNext(state: Transfer): Step {
  const { firstMs, ceilingMs } = state.patience
  const waitMs = Math.min(firstMs * 2 ** state.tries, ceilingMs)
  if (state.acked < 0) return { state, send: { kind: 'oack', options: state.terms.accepted }, waitMs }
  const first = state.acked + 1
  const last = Math.min(state.acked + state.terms.windowsize, lastBlock(state))
  return { state: { ...state, sent: last }, send: { kind: 'data', first, last }, waitMs }
}

function end(state: Transfer, ending: End, message: string | null = null): Step {
  if (message === null) return { state, end: ending }
  return { state, end: ending, send: { kind: 'error', code: errorCode.other, message } }
}

/** RFC 2349: the client fixes the interval, so it does not grow; 80 s in all at the most. */
function patienceOf(seconds: number, patience: Patience): Patience {
  const tries = Math.min(defaultPatience.tries, Math.floor(60 / seconds))
  return { ...patience, firstMs: seconds * 1000, ceilingMs: seconds * 1000, tries }
}
