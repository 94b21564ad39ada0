import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A fresh secret of 32 bytes, URL-safe. */
export const newToken = (): string => randomBytes(32).toString('base64url')

const mac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest('base64url')

/**
 * A token that was handed out over TLS begins so, and is worth nothing by plain HTTP: what could be read along the way
 * opens nothing. A dot is in no other token's first part.
 */
const TLS_ONLY = 'tls.'

export const forTlsOnly = (token: string): boolean => token.startsWith(TLS_ONLY)

/** A fresh boot token. `tls`: it is handed out over TLS. */
export const newBootToken = (tls: boolean): string => `${tls ? TLS_ONLY : ''}${newToken()}`

/**
 * An agent's session token: the session, whose agent it is, and a proof that it is ours. Derived, so that a repeated
 * onboarding gives the same one again. `tls`: it onboarded over TLS.
 * @param agentKeyHash SHA-256 as 64 hexadecimal digits
 */
export const sessionToken = (key: Uint8Array, sessionId: string, agentKeyHash: string, tls = false): string => {
  const marker = tls ? TLS_ONLY : ''
  return `${marker}${sessionId}.${agentKeyHash}.${mac(key, `${marker}session ${sessionId} ${agentKeyHash}`)}`
}

/** What a session token says, when its proof is right; else null. */
export function readSessionToken(key: Uint8Array, token: string): { sessionId: string; agentKeyHash: string } | null {
  const parts = /^(?:tls\.)?([A-Za-z0-9_-]{1,64})\.([0-9a-f]{64})\.[A-Za-z0-9_-]{43}$/.exec(token)
  const [, sessionId = '', agentKeyHash = ''] = parts ?? []
  const expected = Buffer.from(sessionToken(key, sessionId, agentKeyHash, forTlsOnly(token)))
  const given = Buffer.from(token)
  const fits = parts !== null && expected.length === given.length && timingSafeEqual(expected, given)
  return fits ? { sessionId, agentKeyHash } : null
}
