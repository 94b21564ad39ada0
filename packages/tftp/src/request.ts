import type { Counters } from './counters.ts'
import type { Refusal, TftpEvent } from './event.ts'
import type { Client, Line } from './line.ts'
import { cleanName, printable, type RequestedFile } from './name.ts'
import { type Bounds, negotiate, type Terms } from './negotiation.ts'
import { encode, errorCode, type Packet } from './packet.ts'
import type { OpenFile } from './read-ahead.ts'
import { type Session, startSession } from './session.ts'
import type { AnyReason, NameFault, TftpReason } from './tftp-reason.ts'
import { begin, type End, type Patience } from './transfer.ts'

export type ReadPacket = Extract<Packet, { kind: 'rrq' | 'wrq' }>

/** A read request whose name has been cleaned. */
export interface ReadRequest extends RequestedFile {
  readonly client: Client
}

/** What every request needs of its server. */
export interface Service<R = AnyReason> {
  /** the way to a client, for one transfer */
  line(client: Client): Line | Promise<Line>
  readonly counters: Counters
  readonly bounds: Bounds
  readonly patience: Patience
  /** a transfer not done after so many milliseconds is ended */
  readonly longestMs: number
  /** finds a file; the `message` of a refusal is told to the client (ERROR 2), the cause of a rejection is not (ERROR 0) */
  open(request: ReadRequest): Promise<OpenFile | 'not-found' | { readonly refused: R; readonly message: string }>
  onEvent(event: TftpEvent<R>): void
  /** milliseconds on a clock that never goes back */
  now(): number
}

/** One request on its way, from its datagram to its end. */
export interface Serving {
  /** resolves when its line and file are closed; never rejects */
  readonly done: Promise<void>
  /** as Session.alive; true while the file is being opened, false from its end on */
  alive(): boolean
  /** whether the client has acknowledged anything, if only the options */
  acknowledged(): boolean
  /** ends it; `message` is told to the client, null says nothing */
  stop(end: End, message: string | null): void
}

interface Refused<Why> {
  readonly kind: 'refused' | 'failed'
  readonly refusal?: Refusal
  readonly reason: Why
  /** of the ERROR packet, with its text */
  readonly code: number
  readonly message: string
}

/** What the ERROR packet says of a name. */
const badName: Record<NameFault, string> = {
  'not-ascii': 'the file name has bytes that are not printable ASCII',
  'too-long': 'the file name is longer than 255 bytes',
  'leaves-folder': 'the file name leaves its folder (..)',
  empty: 'the file name is empty',
}

/** Serves one RRQ (or refuses one WRQ) over a line of its own. */
export function serve<R>(packet: ReadPacket, client: Client, service: Service<R>): Serving {
  const startedAt = service.now()
  const cleaned = cleanName(packet.filename)
  const asked = 'refused' in cleaned ? { name: printable(packet.filename), mac: null } : cleaned
  let file: OpenFile | null = null
  let terms: Terms | null = null
  let session: Session | null = null
  let started = false
  let over = false
  let stopped: { end: End; message: string | null } | null = null

  async function run(line: Line) {
    const prepared = await prepare()
    if ('code' in prepared) {
      line.send(encode({ kind: 'error', code: prepared.code, message: prepared.message }))
      return report(prepared.kind, prepared.reason, prepared.refusal)
    }
    // Nothing may leave for a client that asked anew meanwhile: it would take this line for its server.
    if (stopped !== null) {
      if (stopped.message !== null) line.send(encode(failure(stopped.message)))
      return report(stopped.end.result, stopped.end.reason)
    }
    terms = prepared.terms
    const { promise, resolve } = Promise.withResolvers<End>()
    session = startSession({
      line,
      file: prepared.file,
      first: begin(prepared.file.size, terms, service.patience),
      longestMs: service.longestMs,
      onStart: () => {
        started = true
        report('started', null)
      },
      onEnd: resolve,
    })
    const end = await promise
    // OVMF asks for tsize, aborts with an ERROR and asks again: nothing to tell.
    if (end.result === 'aborted' && !started && stopped === null) service.counters.add('probed')
    else report(end.result, end.reason)
  }

  async function prepare(): Promise<{ file: OpenFile; terms: Terms } | Refused<TftpReason<R>>> {
    if (packet.kind === 'wrq')
      return refuse('write', { code: 'tftp-read-only', slots: {} }, errorCode.access, 'this server is read-only')
    // netascii would change line ends, and so the digest of everything that is booted from here. Firmware and old
    // clients that ask for it want the file's bytes, so they get them. mail is long obsolete (RFC 1350 section 1).
    if (packet.mode !== 'octet' && packet.mode !== 'netascii') {
      const mode = printable(packet.mode, 16)
      const message = `mode ${mode} is not served; use octet`
      return refuse('mode', { code: 'tftp-mode', slots: { mode } }, errorCode.illegal, message)
    }
    if ('refused' in cleaned) {
      const { refused } = cleaned
      return refuse('name', refused, errorCode.access, badName[refused.slots.fault])
    }
    try {
      const found = await service.open({ ...cleaned, client })
      if (found === 'not-found')
        return refuse('notFound', { code: 'tftp-not-found', slots: {} }, errorCode.notFound, 'file not found')
      if ('refused' in found) return refuse('denied', found.refused, errorCode.access, printable(found.message))
      file = found
    } catch (error) {
      return {
        kind: 'failed',
        reason: { code: 'tftp-not-opened', slots: { text: textOf(error) } },
        code: errorCode.other,
        message: 'the server could not open the file',
      }
    }
    const agreed = negotiate(packet.options, file.size, service.bounds)
    if (!('refused' in agreed)) return { file, terms: agreed }
    const { refused } = agreed
    return refuse('option', refused, errorCode.option, `option ${refused.slots.option} is not a decimal number`)
  }

  function report(kind: TftpEvent['kind'], reason: TftpReason<R> | null, refusal?: Refusal) {
    const { bytes, retransmissions } = session?.progress() ?? { bytes: 0, retransmissions: 0 }
    const event: TftpEvent<R> = {
      kind,
      ...asked,
      client,
      size: file?.size ?? null,
      bytes,
      retransmissions,
      milliseconds: service.now() - startedAt,
      reason,
      ...(refusal && { refusal }),
      ...(terms && { blksize: terms.blksize, windowsize: terms.windowsize }),
    }
    service.counters.tell(event)
    service.onEvent(event)
  }

  async function whole() {
    let line: Line
    try {
      line = await service.line(client)
    } catch (error) {
      return report('failed', { code: 'tftp-no-socket', slots: { text: textOf(error) } })
    }
    try {
      await run(line)
    } finally {
      over = true
      await line.close()
      await closeFile(file)
    }
  }

  return {
    done: whole(),
    alive: () => !over && (session?.alive() ?? true),
    acknowledged: () => session?.acknowledged() ?? false,
    stop: (end, message) => {
      stopped = { end, message }
      session?.stop(end, message)
    },
  }
}

async function closeFile(file: OpenFile | null) {
  try {
    await file?.close?.()
  } catch {
    // It was only read: nothing is lost when closing fails.
  }
}

function refuse<Why>(refusal: Refusal, reason: Why, code: number, message: string): Refused<Why> {
  return { kind: 'refused', refusal, reason, code, message }
}

function failure(message: string): Packet {
  return { kind: 'error', code: errorCode.other, message }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
