import type { Socket } from 'node:dgram'
import { type Client, type Line, send } from './line.ts'

/**
 * Many transfers over one socket, told apart by the client's address and port alone. RFC 1350 section 4 gives the server
 * a port for each transfer; clients take the source port of the first answer, so this one is as good to them.
 */
export class Switchboard {
  readonly #socket: Socket
  readonly #lines = new Map<string, { hear: (datagram: Uint8Array) => void }>()

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** A line to this client; it takes the place of an older one to the same address and port. */
  line(client: Client): Line {
    const socket = this.#socket
    const lines = this.#lines
    const tid = tidOf(client)
    const line = { hear: (_datagram: Uint8Array) => {} }
    lines.set(tid, line)
    return {
      send: (bytes) => send(socket, bytes, client),
      onMessage: (hear) => {
        line.hear = hear
      },
      close: () => {
        if (lines.get(tid) === line) lines.delete(tid)
      },
    }
  }

  /** Hands a datagram to its transfer. False when there is none, or when it is a request: that begins anew. */
  hear(datagram: Uint8Array, from: Client): boolean {
    if (datagram[0] === 0 && (datagram[1] === 1 || datagram[1] === 2)) return false
    const line = this.#lines.get(tidOf(from))
    line?.hear(datagram)
    return line !== undefined
  }
}

/** The client's transfer identifier as the key of a map. */
export function tidOf({ address, port }: Client): string {
  return `${address}:${port}`
}
