import type { RemoteInfo, Socket } from 'node:dgram'
import { once } from 'node:events'
import { Counters, type TftpCounters } from './counters.ts'
import type { TftpEvent } from './event.ts'
import { bound, type Client, ownPort, send, unknownTid } from './line.ts'
import { printable } from './name.ts'
import { type Bounds, boundsFor, defaultBounds } from './negotiation.ts'
import { decode, encode, errorCode, type Packet } from './packet.ts'
import { type ReadPacket, type Service, type Serving, serve } from './request.ts'
import { type Occupant, Slots } from './slots.ts'
import { Switchboard, tidOf } from './switchboard.ts'
import type { AnyReason, TftpReason } from './tftp-reason.ts'
import { defaultPatience, type Patience } from './transfer.ts'

/** `R`: the reasons that `open` refuses with. */
export interface TftpServerOptions<R = AnyReason> {
  /** an address with a port (0: any), or an inherited IPv4 UDP socket that is bound already (to one device, say) */
  readonly listen: { readonly fd: number } | { readonly address: string; readonly port: number }
  /** IPv4 address that transfers are sent from: the server's own on the served LAN. Read anew for each transfer */
  readonly serverAddress: string
  readonly open: Service<R>['open']
  /** must not throw */
  readonly onEvent?: (event: TftpEvent<R>) => void
  /** trouble of the bound listening socket (its interface went away); it goes on listening. Must not throw */
  readonly onSocketError?: (error: Error) => void
  /** all transfers from the port of the request, for firewalls that pass nothing else; false: a port for each transfer */
  readonly singlePort?: boolean
  /** bytes, of the interface that leads to the clients (1500); lowers blksize where it must. Read anew for each transfer */
  readonly mtu?: number
  /** upper bounds of blksize (1468) and windowsize (16) */
  readonly bounds?: Partial<Bounds>
  /** retransmission: after 1 s, doubling up to 8 s, 6 times; 2 times for the end of a file */
  readonly patience?: Partial<Patience>
  /** a transfer not done after so many milliseconds is ended; half an hour */
  readonly longestMs?: number
  /**
   * Simultaneous transfers, 512 in all and 8 for one address. For one more the oldest gives way whose client never
   * acknowledged anything; when all of them have, the new one gets no answer, so that firmware asks again.
   */
  readonly maxTransfers?: number
  readonly maxTransfersPerClient?: number
  /** milliseconds on a clock that never goes back */
  readonly now?: () => number
}

export interface TftpServer extends AsyncDisposable {
  /** where it listens */
  readonly address: Client
  /** transfers and refusals under way */
  readonly transfers: number
  /** totals since the start */
  counters(): TftpCounters
  /** aborts all transfers (the clients are told) and closes all sockets; resolves when that is done */
  close(): Promise<void>
}

/**
 * Bytes that the listening socket's queue holds. A request counts there with 0.8 to 4.5 KiB; a row of racks sends
 * hundreds at once, and from a single port come the ACKs too. The kernel's own choice holds 277 on a loopback.
 */
const RECEIVE_BUFFER = 4 * 1024 * 1024

interface Slot extends Occupant {
  readonly datagram: Buffer
  readonly serving: Serving
}

/**
 * A read-only TFTP server on one IPv4 socket: RFC 1350, 2347, 2348, 2349, 7440.
 * Rejects when the socket cannot be bound (EADDRINUSE, EACCES, EADDRNOTAVAIL, a bad descriptor); after that no
 * datagram makes it throw or stop.
 */
export async function startTftpServer<R = AnyReason>(options: TftpServerOptions<R>): Promise<TftpServer> {
  const { maxTransfers = 512, maxTransfersPerClient = 8 } = options
  const socket = await bound(options.listen)
  // Linux keeps twice what it is told, up to net.core.rmem_max. Who opened the socket may have been let beyond that.
  if (socket.getRecvBufferSize() < RECEIVE_BUFFER) socket.setRecvBufferSize(RECEIVE_BUFFER / 2)
  const switchboard = options.singlePort ? new Switchboard(socket) : null
  const counters = new Counters()
  const bounds = { ...defaultBounds, ...options.bounds }
  const service: Service<R> = {
    line: (client) => switchboard?.line(client) ?? ownPort(options.serverAddress, client),
    counters,
    get bounds() {
      return boundsFor(options.mtu ?? 1500, bounds)
    },
    patience: { ...defaultPatience, ...options.patience },
    longestMs: options.longestMs ?? 30 * 60_000,
    open: options.open,
    onEvent: options.onEvent ?? (() => {}),
    now: options.now ?? (() => performance.now()),
  }
  const slots = new Slots<Slot>({ most: maxTransfers, perAddress: maxTransfersPerClient })
  /** gave way, and have a file or a socket still to close */
  const leaving = new Set<Slot>()
  const byTid = new Map<string, Slot>()
  socket.on('error', (error) => options.onSocketError?.(error))
  socket.on('message', onMessage)

  function onMessage(datagram: Buffer, client: RemoteInfo) {
    if (switchboard?.hear(datagram, client)) return
    const packet = decode(datagram)
    switch (packet.kind) {
      case 'rrq':
      case 'wrq':
        return onRequest(packet, datagram, { address: client.address, port: client.port })
      case 'error':
        return // RFC 1350 section 7: an ERROR is never answered
      case 'malformed':
        counters.add('malformed')
        return send(socket, encode(illegal(packet.reason)), client)
      default:
        counters.add('strays')
        // With a single port this may be the late copy of an ACK whose transfer has ended; an ERROR from this port would
        // end what the client has asked for since.
        if (switchboard === null) send(socket, encode(unknownTid), client)
    }
  }

  function onRequest(packet: ReadPacket, datagram: Buffer, client: Client) {
    counters.add('requests')
    const tid = tidOf(client)
    const running = byTid.get(tid)
    if (running !== undefined) {
      // Our first packet was lost, or is on its way: its timer repeats it.
      if (running.serving.alive() && running.datagram.equals(datagram)) return counters.add('repeated')
      // Boot ROMs use the same port again; their ERROR that ended the transfer before can get lost.
      running.serving.stop({ result: 'aborted', reason: { code: 'tftp-asked-anew', slots: {} } }, null)
    }
    const full = makeRoom(client.address)
    if (full !== null) return turnAway(packet, client, full)
    const serving = serve(packet, client, service)
    const slot: Slot = { datagram, client, serving, acknowledged: () => serving.acknowledged() }
    slots.add(slot)
    byTid.set(tid, slot)
    void slot.serving.done.then(() => {
      slots.delete(slot)
      leaving.delete(slot)
      if (byTid.get(tid) === slot) byTid.delete(tid)
    })
  }

  /** Null: there is room for one more of this address, now. */
  function makeRoom(address: string): TftpReason<never> | null {
    const of = slots.full(address)
    if (of === null) return null
    const transfers = of === 'client' ? maxTransfersPerClient : maxTransfers
    // A file that does not open, on a disk that hangs, must not let them become more without end.
    const oldest = leaving.size < maxTransfers ? slots.oldestHalfOpen(address, of) : null
    if (oldest === null) return { code: 'tftp-busy', slots: { transfers, of } }
    slots.delete(oldest)
    leaving.add(oldest)
    counters.add('gaveWay')
    // Without a word: a slow client that is there all the same takes silence for a lost packet, and asks again.
    oldest.serving.stop({ result: 'aborted', reason: { code: 'tftp-gave-way', slots: { transfers, of } } }, null)
    return null
  }

  function turnAway({ filename }: ReadPacket, client: Client, reason: TftpReason<never>) {
    const nothing = { mac: null, size: null, bytes: 0, retransmissions: 0, milliseconds: 0 }
    const name = printable(filename)
    const event: TftpEvent<R> = { kind: 'refused', name, client, ...nothing, reason, refusal: 'busy' }
    counters.tell(event)
    service.onEvent(event)
  }

  let closing: Promise<void> | null = null
  async function shut() {
    socket.off('message', onMessage)
    const end = { result: 'aborted', reason: { code: 'tftp-stopping', slots: {} } } as const
    for (const { serving } of slots) serving.stop(end, 'server stops')
    await Promise.all([...slots, ...leaving].map(({ serving }) => serving.done))
    await closed(socket)
  }
  function close() {
    closing ??= shut()
    return closing
  }

  const { address, port } = socket.address()
  return {
    address: { address, port },
    get transfers() {
      return slots.size + leaving.size
    },
    counters: () => counters.read(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function closed(socket: Socket) {
  const close = once(socket, 'close')
  socket.close()
  await close
}

function illegal(reason: string): Packet {
  return { kind: 'error', code: errorCode.illegal, message: reason }
}
