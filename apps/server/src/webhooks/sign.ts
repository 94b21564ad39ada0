import { createHmac } from 'node:crypto'

/**
 * PURE: the headers that tell a receiver who sent a body and when (Standard Webhooks 1.0.0, "Signature scheme").
 * @param secret `whsec_` and the key in base64
 * @param id     the same for each attempt of one delivery
 * @param at     of this attempt; milliseconds since 1970
 */
export function signed(secret: string, { id, at, body }: { id: string; at: number; body: string }) {
  const timestamp = String(Math.floor(at / 1000))
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
