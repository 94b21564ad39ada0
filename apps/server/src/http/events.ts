import { type EventQuery, includesRole, ProblemError, routes } from '@eims/contracts'
import { type Db, getBatch, getNode } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import type { EventFeed } from '../events/feed.ts'
import { hiddenFrom, roleFor } from '../events/hidden.ts'
import { STREAM_LIMITS, type StreamLimits, streamEvents } from '../events/stream.ts'
import { EVENT_ID } from './headers.ts'

export interface EventRoutes {
  db: Db
  feed: EventFeed
  limits?: StreamLimits
  /** clients at the same time */
  most?: number
}

/** `GET /api/v1/events`: no JSON, so it is registered beside `serve`, with the same row of the table. */
export function eventRoutes(app: FastifyInstance, events: EventRoutes): void {
  const { path, role, query } = routes.streamEvents
  let open = 0
  app.route({
    method: 'GET',
    url: path,
    exposeHeadRoute: false,
    config: { listener: 'admin', role },
    schema: { querystring: query },
    handler: async (request, reply) => {
      const { db, feed, limits = STREAM_LIMITS, most = 64 } = events
      const asked = request.query as EventQuery
      const header = request.headers['last-event-id']
      if (header !== undefined && !(typeof header === 'string' && EVENT_ID.test(header))) {
        const message = 'must be the id of an event'
        throw new ProblemError('invalid-input', `headers.last-event-id ${message}`, [
          { path: 'headers.last-event-id', message },
        ])
      }
      const after = header ?? asked.after
      const kinds = asked.kind?.split(',').map((each) => each.trim())
      const mayRead = request.role ?? 'viewer'
      const denied = kinds?.find((kind) => !includesRole(mayRead, roleFor(kind)))
      if (denied !== undefined) {
        const message = `${denied} is told to the role ${roleFor(denied)}; the key "${request.actor}" has ${mayRead}`
        throw new ProblemError('forbidden', `query.kind ${message}`, [{ path: 'query.kind', message }])
      }
      const filter = {
        hidden: hiddenFrom(mayRead),
        ...(asked.node === undefined ? {} : { node: (await getNode(db, asked.node)).id }),
        ...(asked.batch === undefined ? {} : { batch: (await getBatch(db, asked.batch)).id }),
        ...(kinds === undefined ? {} : { kinds }),
      }
      if (open >= most) throw new ProblemError('too-many-streams', `${most} clients follow the events already`)
      open++
      try {
        reply.hijack()
        reply.raw.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          // Proxies such as nginx would keep events back until there are enough of them.
          'x-accel-buffering': 'no',
        })
        reply.raw.write('retry: 2000\n\n')
        await streamEvents(reply.raw, {
          db,
          feed,
          filter,
          after: after === undefined ? undefined : BigInt(after),
          mayGoOn: request.isStillIn,
          limits,
        })
      } catch (error) {
        request.log.warn({ err: error }, 'an event stream ended')
      } finally {
        open--
        reply.raw.end()
      }
      return reply
    },
  })
}
