import { createSocket, type Socket, type SocketOptions } from 'node:dgram'
import { once } from 'node:events'
import { encode, errorCode, type Packet } from './packet.ts'

/** Where a client is: IPv4 address and UDP port. The port is its transfer identifier (RFC 1350 section 4). */
export interface Client {
  readonly address: string
  readonly port: number
}

/** The way to one client, and what comes back from it. */
export interface Line {
  /** hands one datagram to the network; one that cannot be sent counts as lost */
  send(bytes: Uint8Array): void
  /** who is to have the client's datagrams, from now on */
  onMessage(hear: (datagram: Uint8Array) => void): void
  /** nothing is sent or heard any more; what was sent is out by then */
  close(): Promise<void> | void
}

export const unknownTid: Packet = { kind: 'error', code: errorCode.unknownTid, message: 'unknown transfer ID' }

// What comes from a socket is an address already. dgram's own look-up would put each datagram off to the next tick.
const lookup: NonNullable<SocketOptions['lookup']> = (address, _options, done) => done(null, address, 4)

/**
 * Binds an IPv4 socket, or takes one that is bound already. Rejects when it cannot (EADDRINUSE, EACCES, EADDRNOTAVAIL,
 * a bad descriptor).
 */
export async function bound(where: { fd: number } | { address: string; port: number }): Promise<Socket> {
  // No reuseAddr: a taken port must be noticed.
  const socket = createSocket({ type: 'udp4', lookup })
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

/** A line from a port of its own: the server's transfer identifier of RFC 1350 section 4. */
export async function ownPort(address: string, client: Client): Promise<Line> {
  const socket = await bound({ address, port: 0 })
  // From here on an error is a packet that did not arrive, and the timer repeats it.
  socket.on('error', () => {})
  return {
    send: (bytes) => send(socket, bytes, client),
    onMessage: (hear) =>
      socket.on('message', (bytes, from) => {
        if (from.port === client.port && from.address === client.address) return hear(bytes)
        // RFC 1350 section 4: answer, "while not disturbing a transfer in progress"; an ERROR is never answered.
        if (!isError(bytes)) send(socket, encode(unknownTid), from)
      }),
    close: () => whenSent(socket, () => socket.close()),
  }
}

/** Sends one datagram; never throws. Port 0 cannot be sent to, and only a made-up datagram comes from it. */
export function send(socket: Socket, bytes: Uint8Array, to: Client): void {
  try {
    socket.send(bytes, to.port, to.address)
  } catch {
    // as if it got lost
  }
}

function isError(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 5
}

/** Closing a socket drops what still waits in its queue, when the network was slower than we. */
function whenSent(socket: Socket, close: () => void): Promise<void> | void {
  if (socket.getSendQueueCount() === 0) return close()
  return new Promise((resolve) => setTimeout(resolve, 20)).then(close)
}
