import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Listener } from '@eims/contracts'
import type { FastifyInstance } from 'fastify'

const cameBy = new WeakMap<IncomingMessage, Listener>()

/** On which listener a request came in; what came by no listener of ours (an injected test request) is the administrator's. */
export const listenerOf = (request: IncomingMessage): Listener => cameBy.get(request) ?? 'admin'

/** Where a listener stands: an inherited socket, or an address of our own. */
export type Place = { fd: number } | { host: string; port: number }

/** What one caller may take of a listener. Times in milliseconds; `request`: from its first byte to its last. */
export interface Limits {
  headers: number
  request: number
  connections: number
}

/** Machines send little and at once; an administrator may send an image for hours. */
const LIMITS: Record<Listener, Limits> = {
  open: { headers: 20_000, request: 60_000, connections: 4096 },
  admin: { headers: 20_000, request: 24 * 3600_000, connections: 512 },
}

/**
 * Opens one more listener over a ready app. Several of them (one a LAN segment, one for administration) share
 * the app; each request remembers by which kind it came.
 * Rejects when the address is taken or not ours.
 */
export async function openListener(
  app: FastifyInstance,
  kind: Listener,
  place: Place,
  limits = LIMITS[kind],
): Promise<AsyncDisposable & { server: Server }> {
  const server = createServer(
    {
      keepAliveTimeout: 75_000,
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      // Node looks for slow requests no more often than this.
      connectionsCheckingInterval: Math.min(5000, limits.headers),
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      cameBy.set(request, kind)
      app.routing(request, response)
    },
  )
  server.maxConnections = limits.connections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(place, resolve)
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
