import { ListQuery, listOf } from '../list.ts'
import { NewWebhook, Webhook, WebhookInput, WebhookPatch, WebhookTest } from '../webhook.ts'
import { define, id, nothing } from './shape.ts'

export const webhooksRoutes = define({
  listWebhooks: {
    method: 'GET',
    path: '/api/v1/webhooks',
    listener: 'admin',
    role: 'admin',
    summary: 'All webhooks, without their secrets',
    query: ListQuery,
    reply: listOf(Webhook),
  },
  getWebhook: {
    method: 'GET',
    path: '/api/v1/webhooks/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'One webhook: what it is told, how that goes and what it is still to get',
    params: id,
    reply: Webhook,
  },
  addWebhook: {
    method: 'POST',
    path: '/api/v1/webhooks',
    listener: 'admin',
    role: 'admin',
    summary: 'Have a URL told of events from now on; the secret is in this reply and nowhere else',
    body: WebhookInput,
    reply: NewWebhook,
    status: 201,
    secret: true,
  },
  patchWebhook: {
    method: 'PATCH',
    path: '/api/v1/webhooks/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Change a webhook',
    params: id,
    body: WebhookPatch,
    reply: Webhook,
  },
  deleteWebhook: {
    method: 'DELETE',
    path: '/api/v1/webhooks/:id',
    listener: 'admin',
    role: 'admin',
    summary: 'Remove a webhook; what it had not got, nobody gets',
    params: id,
    reply: nothing,
    status: 204,
  },
  testWebhook: {
    method: 'POST',
    path: '/api/v1/webhooks/:id/test',
    listener: 'admin',
    role: 'admin',
    summary: 'Send a webhook one signed event of the kind webhook.tested now, and tell how that went',
    params: id,
    reply: WebhookTest,
  },
})
