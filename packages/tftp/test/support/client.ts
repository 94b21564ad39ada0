import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode, type Malformed, type Options, type Packet } from '../../src/packet.ts'

export type Heard = { packet: Packet | Malformed; from: RemoteInfo }

/** A bare UDP socket that speaks packets: sends what a test says and gives what comes back, in order. */
export class Peer implements AsyncDisposable {
  readonly socket: Socket = createSocket('udp4')
  readonly #heard: Heard[] = []
  #wake = () => {}
  #sent = Promise.resolve()

  static async open(): Promise<Peer> {
    const peer = new Peer()
    peer.socket.on('message', (bytes, from) => {
      peer.#heard.push({ packet: decode(Buffer.from(bytes)), from })
      peer.#wake()
    })
    peer.socket.bind(0, '127.0.0.1')
    await once(peer.socket, 'listening')
    return peer
  }

  get port(): number {
    return this.socket.address().port
  }

  send(what: Packet | Uint8Array, port: number) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.socket.send(what instanceof Uint8Array ? what : encode(what), port, '127.0.0.1', () => resolve())
    this.#sent = promise
  }

  /** the next datagram; null when none came in time */
  async next(milliseconds = 2000): Promise<Heard | null> {
    if (this.#heard.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const timer = setTimeout(resolve, milliseconds)
      await promise
      clearTimeout(timer)
    }
    return this.#heard.shift() ?? null
  }

  async [Symbol.asyncDispose]() {
    await this.#sent // closing drops what was handed over a moment ago
    this.socket.close()
    await once(this.socket, 'close')
  }
}

export const rrq = (filename: string, options: Options = [], mode = 'octet'): Packet => ({
  kind: 'rrq',
  filename,
  mode,
  options,
})

/**
 * Reads a whole file as a plain client does: acknowledges the last block in order, at each window's end and whenever
 * something out of order comes, and repeats its last word after a silence of 100 ms.
 */
export async function fetch(port: number, filename: string, options: Options = []): Promise<Buffer> {
  await using peer = await Peer.open()
  const blocks: Uint8Array[] = []
  let terms = new Map<string, string>()
  let last: { packet: Packet; to: number } = { packet: rrq(filename, options), to: port }
  const say = (packet: Packet, to: number) => {
    last = { packet, to }
    peer.send(packet, to)
  }
  say(last.packet, port)
  let unacked = 0
  for (let silences = 0; silences < 50; ) {
    const heard = await peer.next(100)
    if (heard === null) {
      silences++
      peer.send(encode(last.packet), last.to)
      continue
    }
    const { packet, from } = heard
    if (packet.kind === 'error') throw new Error(`ERROR ${packet.code} ${packet.message}`)
    if (packet.kind === 'oack' && blocks.length === 0) {
      terms = new Map(packet.options)
      say({ kind: 'ack', block: 0 }, from.port)
    }
    if (packet.kind !== 'data') continue
    const inOrder = packet.block === ((blocks.length + 1) & 0xffff)
    if (inOrder) blocks.push(Buffer.from(packet.data))
    const end = inOrder && packet.data.length < Number(terms.get('blksize') ?? 512)
    unacked = inOrder ? unacked + 1 : Number.POSITIVE_INFINITY
    if (end || unacked >= Number(terms.get('windowsize') ?? 1)) {
      unacked = 0
      say({ kind: 'ack', block: blocks.length & 0xffff }, from.port)
    }
    if (end) return Buffer.concat(blocks)
    silences = 0
  }
  throw new Error(`${filename}: the server fell silent after ${blocks.length} blocks`)
}
