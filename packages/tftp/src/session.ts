import type { Line } from './line.ts'
import { decode, encode, encodeData } from './packet.ts'
import { type OpenFile, readAhead } from './read-ahead.ts'
import { bytesAcked, type End, type Send, type Step, step, type TransferEvent } from './transfer.ts'

/** One running transfer. */
export interface Session {
  /** bytes acknowledged, and packets or windows repeated, up to now */
  progress(): { bytes: number; retransmissions: number }
  /** false when the client fell silent after its first ACK: the same RRQ again is then a new start, not a stray copy */
  alive(): boolean
  /** whether the client has acknowledged anything, if only the options */
  acknowledged(): boolean
  /** ends it from this side; `message` is told to the client */
  stop(end: End, message: string | null): void
}

export interface SessionOptions {
  readonly line: Line
  readonly file: OpenFile
  readonly first: Step
  /** it is ended after so many milliseconds at the latest */
  readonly longestMs: number
  /** called once, before the first byte of the file is read: the client means it */
  readonly onStart: () => void
  /** called once; by then the last packet has been sent */
  readonly onEnd: (end: End) => void
}

/** Events that may wait while a read is under way; more are dropped, as a full socket buffer would. */
const longestQueue = 64

/**
 * Runs the machine of transfer.ts over a line that belongs to this transfer alone. Closes neither line nor file.
 * While the file's bytes are in memory, each ACK is answered before this turn of the event loop ends.
 */
export function startSession({ line, file, first, longestMs, onStart, onEnd }: SessionOptions): Session {
  const blocks = readAhead(file, first.state.terms.blksize)
  const queue: TransferEvent[] = []
  let state = first.state
  let timer: NodeJS.Timeout | undefined
  let timerMs = -1
  const deadline = setTimeout(() => {
    const slots = { seconds: longestMs / 1000 }
    stop({ result: 'failed', reason: { code: 'tftp-too-long', slots } }, 'the transfer takes too long')
  }, longestMs)
  let started = false
  let reading = false
  let over = false

  line.onMessage((datagram) => {
    const packet = decode(datagram)
    // Anything else from the client is ignored: a stray packet must not cost a machine its boot.
    if (packet.kind === 'ack' || packet.kind === 'error') push(packet)
  })
  perform(first)

  function push(event: TransferEvent) {
    if (over) return
    if (!reading) perform(step(state, event))
    else if (queue.length < longestQueue) queue.push(event)
  }

  function perform(next: Step) {
    state = next.state
    try {
      const read = next.send && put(next.send)
      if (read === undefined) return conclude(next)
      reading = true
      clearTimeout(timer)
      timerMs = -1
      read.then(
        () => {
          reading = false
          if (!over) conclude(next)
          // Each may start the next read, and then the rest waits for that one.
          while (!reading && !over && queue.length > 0) push(queue.shift()!)
        },
        (error: unknown) => unreadable(error),
      )
    } catch (error) {
      unreadable(error)
    }
  }

  function conclude({ end, waitMs }: Step) {
    if (end !== undefined) finish(end)
    else if (waitMs !== undefined) wait(waitMs)
  }

  /** A timer is made once and then wound up again: a new one for each packet costs more than the packet's encoding. */
  function wait(milliseconds: number) {
    if (milliseconds === timerMs) return void timer?.refresh()
    clearTimeout(timer)
    timerMs = milliseconds
    timer = setTimeout(() => push({ kind: 'timeout' }), milliseconds)
  }

  function put(what: Send): Promise<void> | undefined {
    if (what.kind !== 'data') {
      line.send(encode(what))
      return undefined
    }
    if (!started) {
      started = true
      onStart()
    }
    return putBlocks(what.first, what.last)
  }

  /** Undefined when all of them were in memory, else a promise for the moment when the last one has been sent. */
  function putBlocks(from: number, last: number): Promise<void> | undefined {
    for (let block = from; block <= last; block++) {
      const data = blocks(block)
      if (!(data instanceof Uint8Array)) return data.then(() => (over ? undefined : putBlocks(block, last)))
      line.send(encodeData(block, data))
    }
    return undefined
  }

  function unreadable(error: unknown) {
    const slots = { text: error instanceof Error ? error.message : String(error) }
    stop({ result: 'failed', reason: { code: 'tftp-unreadable', slots } }, 'the server could not read the file')
  }

  function stop(end: End, message: string | null) {
    if (over) return
    const { send } = step(state, { kind: 'stop', end, message })
    if (send?.kind === 'error') line.send(encode(send))
    finish(end)
  }

  function finish(end: End) {
    over = true
    clearTimeout(timer)
    clearTimeout(deadline)
    onEnd(end)
  }

  return {
    stop,
    progress: () => ({ bytes: bytesAcked(state), retransmissions: state.retransmissions }),
    alive: () => !over && (state.tries === 0 || state.acked === first.state.acked),
    acknowledged: () => state.acked !== first.state.acked,
  }
}
