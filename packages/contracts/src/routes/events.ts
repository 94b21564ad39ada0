import { Event, EventQuery } from '../event.ts'
import { define } from './shape.ts'

export const eventsRoutes = define({
  streamEvents: {
    method: 'GET',
    path: '/api/v1/events',
    listener: 'admin',
    role: 'viewer',
    summary: 'What changes, as it happens (server-sent events, resumed by Last-Event-ID)',
    query: EventQuery,
    reply: Event,
    produces: 'text/event-stream',
  },
})
