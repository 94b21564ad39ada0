import type { Event } from '@eims/contracts'
import {
  audit,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  newId,
  patchWebhook,
  type Registry,
  webhookSecret,
} from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import type { Deliveries } from '../webhooks/deliveries.ts'
import { postEvent, refuseBarred } from '../webhooks/post.ts'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

/** The audit log gets webhooks without their secrets. */
export function webhookRoutes(app: FastifyInstance, registry: Registry, deliveries: Deliveries): void {
  const { db } = registry
  const checkUrl = async (url: string | undefined) => {
    if (url !== undefined) refuseBarred(url, (await deliveries.ways()).barred)
  }
  serve(app, 'listWebhooks', ({ query }) => listWebhooks(db, query))
  serve(app, 'getWebhook', ({ params }) => getWebhook(db, params.id))
  serve(app, 'addWebhook', async ({ body, request }) => {
    await checkUrl(body.url)
    const made = await registry.transaction(async (tx) => {
      const made = await createWebhook(tx, body)
      const { secret: _, ...after } = made
      await audit(tx, { actor: request.actor, action: 'webhook.add', of: made, after })
      return made
    })
    deliveries.changed()
    return made
  })
  serve(app, 'patchWebhook', async ({ params, body, request }) => {
    await checkUrl(body.url)
    const changed = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'webhook', params.id)
      const before = await getWebhook(tx, params.id)
      const after = await patchWebhook(tx, before.id, body)
      await audit(tx, { actor: request.actor, action: 'webhook.change', of: after, before, after })
      return after
    })
    deliveries.changed()
    return changed
  })
  serve(app, 'deleteWebhook', async ({ params, request }) => {
    await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'webhook', params.id)
      const before = await deleteWebhook(tx, params.id)
      await audit(tx, { actor: request.actor, action: 'webhook.delete', of: before, before })
    })
    deliveries.changed()
    return null
  })
  serve(app, 'testWebhook', async ({ params, request }) => {
    const { id, name } = await getWebhook(db, params.id)
    const at = new Date().toISOString()
    const event: Event = {
      id: '0',
      kind: 'webhook.tested',
      at,
      lastAt: at,
      count: 1,
      nodeId: null,
      mac: null,
      runId: null,
      message: `Webhook ${name} tested by ${request.actor}`,
      data: { id, name },
    }
    const outcome = await postEvent(
      await webhookSecret(db, id),
      { id: `test_${newId()}`, event },
      await deliveries.ways(),
    )
    await audit(db, { actor: request.actor, action: 'webhook.test', of: { id, name }, after: outcome })
    return outcome
  })
}
