import { ProblemError } from '@eims/contracts'
import { findBootSession, siteSigningKey } from '@eims/registry'
import type { FastifyRequest } from 'fastify'
import { bearerOf } from '../http/bearer.ts'
import { forTlsOnly, sessionIdOf, sessionTokenFits } from '../tokens.ts'
import { baseOf, refusePlain } from '../urls.ts'
import type { Caller, Engine } from './engine.ts'

/**
 * The agent behind a request. Throws session-over when its token is not one of ours or its session is gone, tls-only when
 * it comes by plain HTTP and onboarded over TLS, or the site boots over nothing else.
 */
export async function callerOf({ registry: { db }, httpsOnly }: Engine, request: FastifyRequest): Promise<Caller> {
  const token = bearerOf(request)
  refusePlain(baseOf(request), { begunOverTls: forTlsOnly(token), httpsOnly: httpsOnly() })
  const id = sessionIdOf(token)
  const session = id ? await findBootSession(db, id) : null
  if (!session?.agentKeyHash || !sessionTokenFits(await siteSigningKey(db), token, session.id, session.agentKeyHash))
    throw new ProblemError('session-over', 'the session is unknown')
  return { session, base: baseOf(request) }
}
