import { ProblemError } from '@eims/contracts'
import { findBootSession, siteSigningKey } from '@eims/registry'
import { forTlsOnly, sessionIdOf, sessionTokenFits } from '../tokens.ts'
import { refusePlain } from '../urls.ts'
import type { Caller, Engine } from './engine.ts'

/**
 * The agent that calls with this session token, under this base URL of ours. Throws session-over when the token is not
 * one of ours or its session is gone, tls-only when it comes by plain HTTP and onboarded over TLS, or the site boots
 * over nothing else.
 */
export async function callerOf(
  { registry: { db }, httpsOnly }: Engine,
  { token, base }: { token: string; base: string },
): Promise<Caller> {
  refusePlain(base, { begunOverTls: forTlsOnly(token), httpsOnly: httpsOnly() })
  const id = sessionIdOf(token)
  const session = id ? await findBootSession(db, id) : null
  if (!session?.agentKeyHash || !sessionTokenFits(await siteSigningKey(db), token, session.id, session.agentKeyHash))
    throw new ProblemError('session-over', 'the session is unknown')
  return { session, base }
}
