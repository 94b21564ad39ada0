import {
  audit,
  createBatch,
  deleteBatch,
  ensureSite,
  getBatch,
  listBatches,
  type Registry,
  replaceBatch,
  withShownConfig,
} from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { withStorable } from './config-files.ts'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

export function batchRoutes(app: FastifyInstance, registry: Registry): void {
  const { db } = registry
  serve(app, 'listBatches', ({ query }) => listBatches(db, query))
  serve(app, 'getBatch', ({ params }) => getBatch(db, params.id))
  serve(app, 'addBatch', ({ body, request }) =>
    registry.transaction(async (tx) => {
      const input = await withStorable(tx, 'batch', null, body)
      const batch = await createBatch(tx, (await ensureSite(tx)).id, input)
      await audit(tx, { actor: request.actor, action: 'batch.add', of: batch, after: withShownConfig(input) })
      return batch
    }),
  )
  serve(app, 'putBatch', ({ params, body, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'batch', params.id)
      const { id, name, expected, note, config } = await getBatch(tx, params.id)
      const input = await withStorable(tx, 'batch', id, body)
      const batch = await replaceBatch(tx, id, input)
      const [before, after] = [{ name, expected, note, config }, withShownConfig(input)]
      await audit(tx, { actor: request.actor, action: 'batch.replace', of: batch, before, after })
      return batch
    }),
  )
  serve(app, 'deleteBatch', ({ params, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'batch', params.id)
      const gone = await deleteBatch(tx, params.id)
      const { id: _, ...before } = gone
      await audit(tx, { actor: request.actor, action: 'batch.delete', of: gone, before })
      return null
    }),
  )
}
