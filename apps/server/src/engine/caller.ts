import { ProblemError } from '@eims/contracts'
import { findBootSession, siteSigningKey } from '@eims/registry'
import type { FastifyRequest } from 'fastify'
import { bearerOf } from '../http/bearer.ts'
import { sessionIdOf, sessionTokenFits } from '../tokens.ts'
import { baseOf } from '../urls.ts'
import type { Caller, Engine } from './engine.ts'

/** The agent behind a request. Throws session-over when its token is not one of ours or its session is gone. */
export async function callerOf({ registry: { db } }: Engine, request: FastifyRequest): Promise<Caller> {
  const token = bearerOf(request)
  const id = sessionIdOf(token)
  const session = id ? await findBootSession(db, id) : null
  if (!session?.agentKeyHash || !sessionTokenFits(await siteSigningKey(db), token, session.id, session.agentKeyHash))
    throw new ProblemError('session-over', 'the session is unknown')
  return { session, base: baseOf(request) }
}
