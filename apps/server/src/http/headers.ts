import { type Route, routes } from '@eims/contracts'

const text = (maxLength: number, description: string) => ({ type: 'string', maxLength, description })

const idempotencyKey = text(
  255,
  'Chosen by the caller: the same request with the same key is done once, and answered alike for 24 hours',
)
const importId = text(
  255,
  'When it is a UUID and the query has no id: the id of the import, under which it is done once',
)
const ifMatch = text(1024, 'The ETag of what is to be changed; 412 when it was changed meanwhile')
const lastEventId = text(18, 'The id of the last event that came; what followed it is sent first')

/** PURE: whether an Idempotency-Key means something there: to a POST of an administrator whose body is no stream. */
export const isAnsweredOnce = (route: Route) =>
  route.method === 'POST' && route.listener === 'admin' && route.consumes === undefined

/** PURE: the headers that a route heeds besides Authorization, as JSON schemas: no zod schema of a route has them. */
export function headersOf(route: Route): Record<string, { type: string; maxLength: number; description: string }> {
  if (route.listener !== 'admin') return {}
  if (route.path === routes.importNodes.path) return { 'Idempotency-Key': importId }
  if (isAnsweredOnce(route)) return { 'Idempotency-Key': idempotencyKey }
  if (['PUT', 'PATCH', 'DELETE'].includes(route.method)) return { 'If-Match': ifMatch }
  return route.path === routes.streamEvents.path ? { 'Last-Event-ID': lastEventId } : {}
}
