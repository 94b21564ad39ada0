import { z } from 'zod'
import { named } from './component.ts'
import { EventKind, KIND } from './event.ts'
import { Name } from './image.ts'

/** `run.ended`, or `run.*` for all that begin so; one that stands for no kind at all is a typing error. */
const Kind = z
  .string()
  .trim()
  .max(64)
  .regex(KIND, 'must be a kind such as run.ended or run.*')
  .refine(
    (text) =>
      EventKind.options.some((kind) => kind === text || (text.endsWith('*') && kind.startsWith(text.slice(0, -1)))),
    'is no kind of event; docs/rest.md lists them',
  )

const Url = z
  .url({ protocol: /^https?$/, error: 'must be an absolute URL (http or https)' })
  .max(2048)
  .refine((text) => {
    const url = URL.parse(text)
    return url !== null && url.username === '' && url.password === '' && url.hash === ''
  }, 'must have no user name, password or fragment: receivers know a delivery by its signature')

/** Who is to be told of events by HTTP. */
export const WebhookInput = z.strictObject({
  name: Name,
  url: Url,
  /** none: every kind */
  kinds: z.array(Kind).max(64).default([]),
  enabled: z.boolean().default(true),
})
export type WebhookInput = z.infer<typeof WebhookInput>

/** What is left out stays. `enabled: true` begins anew where it was, also after it was given up. */
export const WebhookPatch = z.strictObject({
  name: Name.optional(),
  url: Url.optional(),
  kinds: z.array(Kind).max(64).optional(),
  enabled: z.boolean().optional(),
})
export type WebhookPatch = z.infer<typeof WebhookPatch>

const when = z.iso.datetime().nullable()

export const Webhook = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  kinds: z.array(z.string()),
  enabled: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** the last event that it got, or that it is past */
  cursor: z.string(),
  /** how many of the next 10,000 events it is still to get */
  backlog: z.number().int(),
  /** deliveries that failed since the last one that did not */
  attempts: z.number().int(),
  failingSince: when,
  lastFailure: z.string().nullable(),
  lastFailureAt: when,
  lastSuccessAt: when,
  /** a failed delivery is tried again no earlier */
  nextAttemptAt: when,
  /** when it was disabled because it failed too long */
  givenUpAt: when,
  /** why it was disabled when neither a person nor failures did so; null otherwise */
  disabledWhy: z.string().nullable(),
})
export type Webhook = z.infer<typeof Webhook>

/** The only reply that holds the secret. */
export const NewWebhook = Webhook.extend({ secret: z.string() })
export type NewWebhook = z.infer<typeof NewWebhook>

/** How one delivery went. */
export const WebhookTest = z.object({
  delivered: z.boolean(),
  /** the receiver's HTTP status; null: it gave none */
  status: z.number().int().nullable(),
  /** why it was not delivered */
  reason: z.string().nullable(),
  milliseconds: z.number().int(),
})
export type WebhookTest = z.infer<typeof WebhookTest>

named({ NewWebhook, Webhook, WebhookInput, WebhookPatch, WebhookTest })
