import { type Route, routes } from '@eims/contracts'

/** An Idempotency-Key: 1 to 255 printable ASCII characters. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/
/** The id of an event. */
export const EVENT_ID = /^\d{1,18}$/
/** The most characters of an If-Match. */
export const MOST_IF_MATCH = 1024

interface Header {
  type: 'string'
  description: string
  maxLength?: number
  pattern?: string
}

const text = (description: string, bounds: Omit<Header, 'type' | 'description'>): Header => ({
  type: 'string',
  ...bounds,
  description,
})

const idempotencyKey = text(
  'Chosen by the caller: the same request with the same key is done once, and answered alike for 24 hours',
  { pattern: IDEMPOTENCY_KEY.source },
)
const importId = text(
  'When it is a UUID and the query has no id: the id of the import, under which it is done once',
  {},
)
const ifMatch = text('The ETag of what is to be changed; 412 when it was changed meanwhile', {
  maxLength: MOST_IF_MATCH,
})
const lastEventId = text('The id of the last event that came; what followed it is sent first', {
  pattern: EVENT_ID.source,
})

/** PURE: whether an Idempotency-Key means something there: to a POST of an administrator whose body is no stream. */
export const isAnsweredOnce = (route: Route) =>
  route.method === 'POST' && route.listener === 'admin' && route.role !== 'anyone' && route.consumes === undefined

/** PURE: whether the reply is something new, whose address Location tells. */
export const makes = ({ method, status }: Route) => method === 'POST' && (status === 201 || status === 202)

/** PURE: the headers that a route heeds besides Authorization, as JSON schemas: no zod schema of a route has them. */
export function headersOf(route: Route): Record<string, Header> {
  if (route.listener !== 'admin') return {}
  if (route.path === routes.importNodes.path) return { 'Idempotency-Key': importId }
  if (isAnsweredOnce(route)) return { 'Idempotency-Key': idempotencyKey }
  if (['PUT', 'PATCH', 'DELETE'].includes(route.method)) return { 'If-Match': ifMatch }
  return route.path === routes.streamEvents.path ? { 'Last-Event-ID': lastEventId } : {}
}
