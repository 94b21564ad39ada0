import { ProblemError } from '@eims/contracts'
import type { FastifyRequest } from 'fastify'

/** The bearer token of a request. Throws `unauthenticated` when there is none. */
export function bearerOf(request: FastifyRequest): string {
  const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.authorization ?? '')
  if (!match?.[1]) throw new ProblemError('unauthenticated', 'the request carries no bearer key')
  return match[1]
}
