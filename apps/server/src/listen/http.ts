import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Listener } from '@eims/contracts'
import type { FastifyInstance } from 'fastify'
import { type CertificateInUse, contextOf } from '../tls/keeper.ts'
import { SpeltResponse } from './content-length.ts'
import { countsAsWhole, seatConnections } from './seats.ts'
import { answerUnreadable, noteAnswer, refusedHostless, refuseFull, refuseLate } from './unreadable.ts'

const cameBy = new WeakMap<IncomingMessage, Listener>()

/** On which listener a request came in; null: by none, made up by a test, and every route answers it. */
export const listenerOf = (request: IncomingMessage): Listener | null => cameBy.get(request) ?? null

/** Where a listener stands: an inherited socket, or an address of our own. */
export type Place = { fd: number } | { host: string; port: number }

/** What one caller may take of a listener. Times in milliseconds. */
export interface Limits {
  headers: number
  /** from a request's first byte to its last */
  request: number
  /** the same of an upload that was let in (takesTime) */
  upload: number
  /** without a byte either way while it is the caller's turn; a machine waits up to 60 s for what to do next */
  idle: number
  /** what comes of a body after the reply: so long, then the connection ends */
  linger: number
  connections: number
  /** of these for one address */
  perAddress: number
}

/** Machines send little and at once; an administrator may send an image for hours. */
const BOTH = { headers: 20_000, request: 60_000, upload: 24 * 3600_000, idle: 120_000, linger: 2000 }
const LIMITS: Record<Listener, Limits> = {
  // A whole hall may come from one address, by NAT or a reverse proxy; eight such addresses take all there is.
  open: { ...BOTH, connections: 4096, perAddress: 512 },
  admin: { ...BOTH, connections: 512, perAddress: 256 },
}

/** Connections that the kernel holds until they are taken; it has a limit of its own (net.core.somaxconn). */
const BACKLOG = 4096

const deadlines = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/** The body of this request may come for as long as an upload takes. For routes that stream it, and whom they let in. */
export function takesTime(request: IncomingMessage): void {
  clearTimeout(deadlines.get(request))
  countsAsWhole(request)
  request.socket.setTimeout(0)
}

/**
 * Opens one more listener over a ready app, by plain HTTP or, with a certificate, over TLS and nothing else. Several of
 * them (one a LAN segment, one for administration) share the app; each request remembers by which kind it came.
 * Rejects when the address is taken or not ours.
 * @param more.onFull hears of each connection that gave way to another, and of each that was refused
 */
export async function openListener(
  app: FastifyInstance,
  kind: Listener,
  place: Place,
  {
    limits: given,
    certificate,
    onFull = () => {},
  }: {
    limits?: Partial<Limits> | undefined
    certificate?: CertificateInUse
    onFull?: (what: 'gaveWay' | 'refused') => void
  } = {},
): Promise<AsyncDisposable & { server: Server }> {
  const limits = { ...LIMITS[kind], ...given }
  const options = {
    keepAliveTimeout: 75_000,
    headersTimeout: limits.headers,
    requestTimeout: kind === 'open' ? limits.request : limits.upload,
    // Node looks for slow requests no more often than this.
    connectionsCheckingInterval: Math.min(5000, limits.headers),
    maxHeaderSize: 16_384,
    // Asked by ourselves, and answered with words.
    requireHostHeader: false,
    ServerResponse: SpeltResponse,
  }
  const server = serverOf(options, limits, certificate, (request, response) => {
    if (seats.isTurnedAway(request)) return refuseFull(request.socket, limits.linger)
    if (refusedHostless(request, limits.linger)) return
    cameBy.set(request, kind)
    noteAnswer(request.socket, response)
    seats.take(request, response)
    boundTimes(request, response, kind, limits)
    app.routing(request, response)
  })
  const seats = seatConnections(server, limits, onFull)
  server.setTimeout(limits.idle)
  answerUnreadable(server, limits.linger)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...place, backlog: BACKLOG }, resolve)
  })
  return {
    server,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function serverOf(
  options: ServerOptions,
  limits: Limits,
  certificate: CertificateInUse | undefined,
  listener: RequestListener,
): Server {
  if (!certificate) return createServer(options, listener)
  const tls = { ...contextOf(certificate.current()), handshakeTimeout: limits.headers }
  const server = createTlsServer({ ...options, ...tls }, listener)
  certificate.attach(server)
  return server
}

/**
 * Ends a connection whose caller keeps it busy with nothing: a body that does not come, or a reply that nobody reads.
 * While an administrator's request is worked on, the time is ours.
 */
function boundTimes(request: IncomingMessage, response: ServerResponse, kind: Listener, limits: Limits): void {
  const { socket } = request
  const end = () => void (request.complete || socket.destroy())
  if (kind === 'admin') {
    const late = () => void (request.complete || refuseLate(socket, limits.linger))
    const deadline = setTimeout(late, limits.request).unref()
    deadlines.set(request, deadline)
    const received = () => {
      clearTimeout(deadline)
      if (!response.writableEnded) socket.setTimeout(0)
    }
    request.once('end', received)
    // Without a body there is an end only for who reads on.
    setImmediate(() => void (request.complete && received()))
    response.once('prefinish', () => socket.setTimeout(limits.idle))
    response.once('close', () => clearTimeout(deadline))
  }
  // Not at once: a caller that still sends would see its connection break, and not the reply that says why. What it sends
  // is read and thrown away: one that is through believes that the connection may carry its next request.
  response.once('finish', () => {
    if (request.complete) return
    request.resume()
    setTimeout(end, limits.linger).unref()
  })
}
