import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { cleanName, printable, type RequestedFile } from './name.ts'
import { type Bounds, negotiate, type Terms } from './options.ts'
import { errorCode, type Packet } from './packet.ts'
import { type Client, type OpenFile, type Session, send, startSession } from './session.ts'
import { begin, type End, type Patience } from './transfer.ts'

export type ReadPacket = Extract<Packet, { kind: 'rrq' | 'wrq' }>

/** A read request whose name has been cleaned. */
export interface ReadRequest extends RequestedFile {
  readonly client: Client
}

/** What happened to one request. `reason` is a sentence for a person, null when there is nothing to explain. */
export interface TftpEvent {
  /** `refused`: ended before it began (not found, bad name, limits, options); `aborted`: by the client or by close() */
  readonly kind: 'started' | 'finished' | 'failed' | 'aborted' | 'refused'
  readonly name: string
  readonly mac: string | null
  readonly client: Client
  /** of the file; null when none was opened */
  readonly size: number | null
  /** acknowledged */
  readonly bytes: number
  readonly retransmissions: number
  /** since the request came in */
  readonly milliseconds: number
  readonly reason: string | null
}

/** What every request needs of its server. */
export interface Service {
  /** IPv4 address that transfers are sent from */
  readonly serverAddress: string
  readonly bounds: Bounds
  readonly patience: Patience
  /** a transfer not done after so many milliseconds is ended */
  readonly longestMs: number
  /** finds a file; a `refused` reason is told to the client (ERROR 2), the cause of a rejection is not (ERROR 0) */
  open(request: ReadRequest): Promise<OpenFile | 'not-found' | { readonly refused: string }>
  onEvent(event: TftpEvent): void
  /** milliseconds on a clock that never goes back */
  now(): number
}

/** One request on its way, from its datagram to its end. */
export interface Serving {
  /** resolves when its socket and file are closed; never rejects */
  readonly done: Promise<void>
  /** as Session.alive; true while the file is being opened */
  alive(): boolean
  /** ends it; `message` is told to the client, null says nothing */
  stop(end: End, message: string | null): void
}

type Refusal = {
  readonly kind: 'refused' | 'failed'
  readonly reason: string
  readonly code: number
  readonly message: string
}

/** Serves one RRQ (or refuses one WRQ) from a socket of its own, the server's TID of RFC 1350 section 4. */
export function serve(packet: ReadPacket, client: Client, service: Service): Serving {
  const startedAt = service.now()
  const cleaned = cleanName(packet.filename)
  const asked = 'refused' in cleaned ? { name: printable(packet.filename), mac: null } : cleaned
  let file: OpenFile | null = null
  let session: Session | null = null
  let stopped: { end: End; message: string | null } | null = null

  async function run(socket: Socket) {
    const prepared = await prepare()
    if ('code' in prepared) {
      await send(socket, { kind: 'error', code: prepared.code, message: prepared.message }, client)
      return report(prepared.kind, prepared.reason)
    }
    // Nothing may leave for a client that asked anew meanwhile: it would take this socket for its server.
    if (stopped !== null) {
      if (stopped.message !== null) await send(socket, failure(stopped.message), client)
      return report(stopped.end.result, stopped.end.reason)
    }
    report('started', null)
    const first = begin(prepared.file.size, prepared.terms, service.patience)
    session = startSession(socket, client, prepared.file, first, service.longestMs)
    const end = await session.ended
    report(end.result, end.reason)
  }

  async function prepare(): Promise<{ file: OpenFile; terms: Terms } | Refusal> {
    if (packet.kind === 'wrq') return refuse(errorCode.access, 'this server is read-only')
    // netascii would change line ends, and so the digest of everything that is booted from here. Firmware and old
    // clients that ask for it want the file's bytes, so they get them. mail is long obsolete (RFC 1350 section 1).
    if (packet.mode !== 'octet' && packet.mode !== 'netascii') {
      return refuse(errorCode.illegal, `mode ${printable(packet.mode, 16)} is not served; use octet`)
    }
    if ('refused' in cleaned) return refuse(errorCode.access, cleaned.refused)
    try {
      const found = await service.open({ ...cleaned, client })
      if (found === 'not-found') return refuse(errorCode.notFound, 'file not found')
      if ('refused' in found) return refuse(errorCode.access, printable(found.refused))
      file = found
    } catch (error) {
      return {
        kind: 'failed',
        reason: `opening the file: ${textOf(error)}`,
        code: errorCode.other,
        message: 'the server could not open the file',
      }
    }
    const terms = negotiate(packet.options, file.size, service.bounds)
    return 'refused' in terms ? refuse(errorCode.option, terms.refused) : { file, terms }
  }

  function report(kind: TftpEvent['kind'], reason: string | null) {
    const { bytes, retransmissions } = session?.progress() ?? { bytes: 0, retransmissions: 0 }
    const milliseconds = service.now() - startedAt
    const size = file?.size ?? null
    service.onEvent({ kind, ...asked, client, size, bytes, retransmissions, milliseconds, reason })
  }

  async function whole() {
    let socket: Socket
    try {
      socket = await transferSocket(service.serverAddress)
    } catch (error) {
      return report('failed', `no socket on ${service.serverAddress}: ${textOf(error)}`)
    }
    try {
      await run(socket)
    } finally {
      socket.close()
      await closeFile(file)
    }
  }

  return {
    done: whole(),
    alive: () => session?.alive() ?? true,
    stop: (end, message) => {
      stopped = { end, message }
      session?.stop(end, message)
    },
  }
}

async function transferSocket(address: string): Promise<Socket> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ address, port: 0, exclusive: true })
    await once(socket, 'listening')
  } catch (error) {
    socket.close()
    throw error
  }
  // From here on an error is a packet that did not arrive, and the timer repeats it.
  socket.on('error', () => {})
  return socket
}

async function closeFile(file: OpenFile | null) {
  try {
    await file?.close?.()
  } catch {
    // It was only read: nothing is lost when closing fails.
  }
}

function refuse(code: number, reason: string): Refusal {
  return { kind: 'refused', reason, code, message: reason }
}

function failure(message: string): Packet {
  return { kind: 'error', code: errorCode.other, message }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
