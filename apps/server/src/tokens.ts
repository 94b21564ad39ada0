import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A fresh secret of 32 bytes, URL-safe. */
export const newToken = (): string => randomBytes(32).toString('base64url')

const mac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest('base64url')

/** An agent's session token: derived, so that a repeated onboarding gives the same one again. */
export const sessionToken = (key: Uint8Array, sessionId: string, agentKeyHash: string): string =>
  `${sessionId}.${mac(key, `session ${sessionId} ${agentKeyHash}`)}`

/** The session a token claims to be of; its proof is checked by `sessionTokenFits`. */
export const sessionIdOf = (token: string): string | null =>
  /^([A-Za-z0-9_-]{1,64})\.[A-Za-z0-9_-]{43}$/.exec(token)?.[1] ?? null

export function sessionTokenFits(key: Uint8Array, token: string, sessionId: string, agentKeyHash: string): boolean {
  const expected = Buffer.from(sessionToken(key, sessionId, agentKeyHash))
  const given = Buffer.from(token)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
