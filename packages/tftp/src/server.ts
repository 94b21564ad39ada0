import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { printable } from './name.ts'
import { type Bounds, defaultBounds } from './options.ts'
import { decode, errorCode, type Packet } from './packet.ts'
import { type ReadPacket, type Service, type Serving, serve, type TftpEvent } from './request.ts'
import { type Client, send, unknownTid } from './session.ts'
import { defaultPatience, type Patience } from './transfer.ts'

export interface TftpServerOptions {
  /** an address with a port (0: any), or an inherited IPv4 UDP socket that is bound already (to one device, say) */
  readonly listen: { readonly fd: number } | { readonly address: string; readonly port: number }
  /** IPv4 address that transfers are sent from: the server's own on the served LAN */
  readonly serverAddress: string
  readonly open: Service['open']
  /** must not throw */
  readonly onEvent?: (event: TftpEvent) => void
  /** trouble of the bound listening socket (its interface went away); it goes on listening. Must not throw */
  readonly onSocketError?: (error: Error) => void
  /** upper bounds of blksize (1468) and windowsize (16) */
  readonly bounds?: Partial<Bounds>
  /** retransmission: after 1 s, doubling up to 8 s, 6 times */
  readonly patience?: Partial<Patience>
  /** a transfer not done after so many milliseconds is ended; half an hour */
  readonly longestMs?: number
  /** simultaneous transfers, 512 in all and 8 for one address; more get no answer, so that firmware asks again */
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
  /** aborts all transfers (the clients are told) and closes all sockets; resolves when that is done */
  close(): Promise<void>
}

interface Slot {
  readonly datagram: Buffer
  readonly client: Client
  readonly serving: Serving
}

/**
 * A read-only TFTP server on one IPv4 socket: RFC 1350, 2347, 2348, 2349, 7440.
 * Rejects when the socket cannot be bound (EADDRINUSE, EACCES, EADDRNOTAVAIL, a bad descriptor); after that no
 * datagram makes it throw or stop.
 */
export async function startTftpServer(options: TftpServerOptions): Promise<TftpServer> {
  const { maxTransfers = 512, maxTransfersPerClient = 8 } = options
  const service: Service = {
    serverAddress: options.serverAddress,
    bounds: { ...defaultBounds, ...options.bounds },
    patience: { ...defaultPatience, ...options.patience },
    longestMs: options.longestMs ?? 30 * 60_000,
    open: options.open,
    onEvent: options.onEvent ?? (() => {}),
    now: options.now ?? (() => performance.now()),
  }
  const slots = new Set<Slot>()
  const byTid = new Map<string, Slot>()
  const socket = await listen(options.listen)
  socket.on('error', (error) => options.onSocketError?.(error))
  socket.on('message', onMessage)

  function onMessage(datagram: Buffer, { address, port }: RemoteInfo) {
    const client: Client = { address, port }
    const packet = decode(datagram)
    switch (packet.kind) {
      case 'rrq':
      case 'wrq':
        return onRequest(packet, datagram, client)
      case 'error':
        return // RFC 1350 section 7: an ERROR is never answered
      case 'malformed':
        return void send(socket, illegal(packet.reason), client)
      default:
        return void send(socket, unknownTid, client)
    }
  }

  function onRequest(packet: ReadPacket, datagram: Buffer, client: Client) {
    const tid = `${client.address}:${client.port}`
    const running = byTid.get(tid)
    if (running !== undefined) {
      // Our first packet was lost, or is on its way: its timer repeats it.
      if (running.serving.alive() && running.datagram.equals(datagram)) return
      // Boot ROMs use the same port again; their ERROR that ended the transfer before can get lost.
      running.serving.stop({ result: 'aborted', reason: 'the client asked anew' }, null)
    }
    const full = fullness(client)
    if (full !== null) return service.onEvent(turnedAway(packet, client, full))
    const slot: Slot = { datagram, client, serving: serve(packet, client, service) }
    slots.add(slot)
    byTid.set(tid, slot)
    void slot.serving.done.then(() => {
      slots.delete(slot)
      if (byTid.get(tid) === slot) byTid.delete(tid)
    })
  }

  function fullness({ address }: Client): string | null {
    if (slots.size >= maxTransfers) return `${maxTransfers} transfers are running`
    const ofClient = [...slots].filter((slot) => slot.client.address === address).length
    return ofClient >= maxTransfersPerClient ? `${ofClient} transfers to this client are running` : null
  }

  let closing: Promise<void> | null = null
  async function shut() {
    socket.off('message', onMessage)
    for (const { serving } of slots)
      serving.stop({ result: 'aborted', reason: 'the server is stopping' }, 'server stops')
    await Promise.all([...slots].map(({ serving }) => serving.done))
    const closed = once(socket, 'close')
    socket.close()
    await closed
  }
  function close() {
    closing ??= shut()
    return closing
  }

  const { address, port } = socket.address()
  return {
    address: { address, port },
    get transfers() {
      return slots.size
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function listen(where: TftpServerOptions['listen']): Promise<Socket> {
  // No reuseAddr: a taken port must be noticed.
  const socket = createSocket('udp4')
  const listening = once(socket, 'listening')
  try {
    socket.bind({ ...where, exclusive: true })
    await listening
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

function illegal(reason: string): Packet {
  return { kind: 'error', code: errorCode.illegal, message: reason }
}

function turnedAway({ filename }: ReadPacket, client: Client, reason: string): TftpEvent {
  const nothing = { mac: null, size: null, bytes: 0, retransmissions: 0, milliseconds: 0 }
  return { kind: 'refused', name: printable(filename), client, ...nothing, reason }
}
