import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { ProblemError, toProblem } from '@eims/contracts'

const late = new ProblemError('too-slow', 'the request did not come in time')
const refusals: Record<string, ProblemError> = {
  HPE_HEADER_OVERFLOW: new ProblemError('headers-too-large', 'the address and the headers have more than 16 KiB'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new ProblemError('too-large', 'the extensions of a chunk have more than 16 KiB'),
  ERR_HTTP_REQUEST_TIMEOUT: late,
}
const full = new ProblemError('busy', 'so many connections are open that there is no room for this one')
/** Seconds after which somebody who found no room may find some. */
const ROOM_AGAIN = 5
const hostless = new ProblemError('invalid-input', 'a request by HTTP/1.1 names its host (RFC 9112 section 3.2)')
const unknown = new ProblemError('invalid-input', 'this is no HTTP request that can be read')

/** What is answered on a connection at the moment. */
const answers = new WeakMap<Duplex, ServerResponse>()
const refused = new WeakSet<Duplex>()

/** A request came by this connection, and this is where its reply goes. */
export function noteAnswer(socket: Duplex, response: ServerResponse): void {
  answers.set(socket, response)
}

/**
 * Tells a caller whose bytes never became a request what was wrong with them, in the form of every other error. Node
 * would send a status line without a word.
 * @param linger milliseconds in which a caller that still sends can read it, until the connection ends
 */
export function answerUnreadable(server: Server, linger: number): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') socket.destroy()
    else refuse(socket, refusals[error.code ?? ''] ?? unknown, linger)
  })
}

/** The same for a request whose body does not come. */
export const refuseLate = (socket: Duplex, linger: number): void => refuse(socket, late, linger)

/** The same for a request that came by a connection too many. */
export const refuseFull = (socket: Duplex, linger: number): void =>
  refuse(socket, full, linger, [`Retry-After: ${ROOM_AGAIN}`])

/** The same for a request that names no host; whether it was one. Node would send a status line without a word. */
export function refusedHostless(request: IncomingMessage, linger: number): boolean {
  if (request.httpVersion !== '1.1' || request.headers.host !== undefined) return false
  refuse(request.socket, hostless, linger)
  return true
}

function refuse(socket: Duplex, problem: ProblemError, linger: number, more: readonly string[] = []): void {
  if (refused.has(socket)) return
  refused.add(socket)
  const answer = answers.get(socket)
  // A reply that is half out cannot be taken back.
  if (!socket.writable || (answer?.headersSent && !answer.writableFinished)) return void socket.destroy()
  const { status } = toProblem(problem)
  const body = JSON.stringify(toProblem(problem))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...more,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  setTimeout(() => socket.destroy(), linger).unref()
}
