import type { Socket } from 'node:dgram'
import { decode, encode, errorCode, type Packet } from './packet.ts'
import { bytesAcked, type End, type Send, type Step, step, type Transfer, type TransferEvent } from './transfer.ts'

/** Where a client is: IPv4 address and UDP port. The port is its transfer identifier (RFC 1350 section 4). */
export interface Client {
  readonly address: string
  readonly port: number
}

/** A file being served. `read` gives exactly `length` bytes from `offset`, both within `size`. */
export interface OpenFile {
  readonly size: number
  read(offset: number, length: number): Promise<Uint8Array>
  close?(): Promise<void> | void
}

/** One running transfer. */
export interface Session {
  /** resolves with the end, once; by then nothing is sent any more */
  readonly ended: Promise<End>
  /** bytes acknowledged, and packets or windows repeated, up to now */
  progress(): { bytes: number; retransmissions: number }
  /** false when the client fell silent after its first ACK: the same RRQ again is then a new start, not a stray copy */
  alive(): boolean
  /** ends it from this side; `message` is told to the client */
  stop(end: End, message: string | null): void
}

/** Events that may wait while a read is under way; more are dropped, as a full socket buffer would. */
const longestQueue = 64

export const unknownTid: Packet = { kind: 'error', code: errorCode.unknownTid, message: 'unknown transfer ID' }

/**
 * Runs the machine of transfer.ts over a bound socket that belongs to this transfer alone.
 * Ends it after `longestMs` at the latest. Closes neither the socket nor the file. A datagram that cannot be sent counts as lost: the timer repeats it.
 */
export function startSession(socket: Socket, client: Client, file: OpenFile, first: Step, longestMs: number): Session {
  const { promise: ended, resolve } = Promise.withResolvers<End>()
  const queue: TransferEvent[] = []
  let state = first.state
  let timer: NodeJS.Timeout | undefined
  const deadline = setTimeout(() => {
    stop({ result: 'failed', reason: `not done after ${longestMs / 1000} s` }, 'the transfer takes too long')
  }, longestMs)
  let busy = false
  let over = false
  let lastSent = Promise.resolve()

  socket.on('message', (bytes, from) => {
    const packet = decode(bytes)
    if (from.address !== client.address || from.port !== client.port) {
      // RFC 1350 section 4: answer, "while not disturbing a transfer in progress"; an ERROR is never answered.
      if (packet.kind !== 'error') void send(socket, unknownTid, from)
      return
    }
    // Anything else from the client is ignored: a stray packet must not cost a machine its boot.
    if (packet.kind === 'ack' || packet.kind === 'error') push(packet)
  })
  busy = true
  void perform(first).then(drain)

  function push(event: TransferEvent) {
    if (over || queue.length >= longestQueue) return
    queue.push(event)
    if (!busy) void drain()
  }

  async function drain() {
    busy = true
    for (let event = queue.shift(); event !== undefined && !over; event = queue.shift()) {
      await perform(step(state, event))
    }
    busy = false
  }

  async function perform(next: Step) {
    state = next.state
    if (next.waitMs !== undefined) clearTimeout(timer)
    for (const what of next.sends) await put(what)
    if (over) return
    if (next.end !== undefined) finish(next.end)
    else if (next.waitMs !== undefined) timer = setTimeout(() => push({ kind: 'timeout' }), next.waitMs)
  }

  async function put(what: Send) {
    if (what.kind !== 'data') return transmit(what)
    try {
      for (const packet of await readBlocks(file, state, what.first, what.last)) transmit(packet)
    } catch (error) {
      const reason = `reading the file: ${error instanceof Error ? error.message : String(error)}`
      stop({ result: 'failed', reason }, 'the server could not read the file')
    }
  }

  function stop(end: End, message: string | null) {
    if (over) return
    for (const what of step(state, { kind: 'stop', end, message }).sends) {
      if (what.kind === 'error') transmit(what)
    }
    finish(end)
  }

  function transmit(packet: Packet) {
    if (!over) lastSent = send(socket, packet, client)
  }

  function finish(end: End) {
    over = true
    clearTimeout(timer)
    clearTimeout(deadline)
    // Closing a socket drops what was handed to it a moment ago.
    void lastSent.then(() => resolve(end))
  }

  return {
    ended,
    stop,
    progress: () => ({ bytes: bytesAcked(state), retransmissions: state.retransmissions }),
    alive: () => state.tries === 0 || state.acked === first.state.acked,
  }
}

/** Sends one packet, resolves when it left or was lost; never throws or rejects. Port 0 cannot be sent to, and only a made-up datagram comes from it. */
export function send(socket: Socket, packet: Packet, to: Client): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  try {
    socket.send(encode(packet), to.port, to.address, () => resolve())
  } catch {
    resolve()
  }
  return promise
}

async function readBlocks(file: OpenFile, { terms, size }: Transfer, first: number, last: number): Promise<Packet[]> {
  const offset = (first - 1) * terms.blksize
  const length = Math.min(last * terms.blksize, size) - offset
  const bytes = length === 0 ? new Uint8Array() : await file.read(offset, length)
  if (bytes.length !== length) throw new Error(`got ${bytes.length} of ${length} bytes at ${offset}; was it changed?`)
  const packets: Packet[] = []
  for (let block = first; block <= last; block++) {
    const start = (block - first) * terms.blksize
    packets.push({ kind: 'data', block, data: bytes.subarray(start, start + terms.blksize) })
  }
  return packets
}
