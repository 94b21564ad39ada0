import { addKey, audit, endKey, getKey, listKeys, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

/** The audit log gets keys without their text. */
export function keyRoutes(app: FastifyInstance, registry: Registry): void {
  const { db } = registry
  serve(app, 'listKeys', ({ query }) => listKeys(db, query))
  serve(app, 'getKey', ({ params }) => getKey(db, params.id))
  serve(app, 'addKey', ({ body, request }) =>
    registry.transaction(async (tx) => {
      const made = await addKey(tx, body)
      const { key: _, ...after } = made
      await audit(tx, { actor: request.actor, action: 'key.add', of: made, after })
      return made
    }),
  )
  serve(app, 'deleteKey', ({ params, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'credential', params.id)
      const { before, changed } = await endKey(tx, params.id)
      if (changed) await audit(tx, { actor: request.actor, action: 'key.revoke', of: before, before })
      return null
    }),
  )
}
