import type { IncomingMessage } from 'node:http'
import { ProblemError, toProblem } from '@eims/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { listenerOf } from '../listen/http.ts'
import { readOn } from '../listen/read-on.ts'
import { ComeAgain, problemOf } from '../problem.ts'
import { methodsAt } from './methods.ts'

/** Seconds. */
const retryAfter: Record<string, number> = { busy: 2, 'database-down': 5, 'outcome-unknown': 5 }

/** The one place that turns errors into replies (RFC 9457). */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerProblem)
  const notFound = (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0] ?? ''
    const served = methodsAt(app.served, path, listenerOf(request.raw))
    const allowed = served.length > 0 ? [...served, 'OPTIONS'].sort() : []
    // RFC 9110 section 9.3.7; nothing is said to a browser that asks for another site's page (CORS).
    if (request.method === 'OPTIONS' && allowed.length > 0)
      return reply.code(204).header('allow', allowed.join(', ')).send()
    // A route that serves the path may find nothing there itself: a blob that is not kept.
    if (allowed.length === 0 || allowed.includes(request.method))
      return answerProblem(new ProblemError('not-found', `there is no ${request.method} ${path}`), request, reply)
    reply.header('allow', allowed.join(', '))
    const other = new ProblemError(
      'method-not-allowed',
      `there is no ${request.method} ${path}, but ${allowed.join(', ')}`,
    )
    return answerProblem(other, request, reply)
  }
  app.setNotFoundHandler(notFound)
  // fastify would wait for the body first, from whoever knocks.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 && request.method !== 'GET') return notFound(request, reply)
  })
}

const hungUp = new ProblemError('too-slow', 'the caller hung up before the whole request was there')

/** Whether it failed because its body ended early. Node says ECONNRESET of that, as of a database's connection. */
const hasHungUp = ({ complete, destroyed }: IncomingMessage, error: unknown) =>
  destroyed && !complete && UNFINISHED.has((error as { code?: string } | null)?.code ?? '')

const UNFINISHED: ReadonlySet<string> = new Set(['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'])

/** Also for what fails before a route is found, such as a path that cannot be decoded. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(hasHungUp(request.raw, error) ? hungUp : problemOf(error), request.id)
  const pause = error instanceof ComeAgain ? error.seconds : retryAfter[problem.code]
  if (pause) reply.header('retry-after', pause)
  // RFC 9110 section 15.5.2: how to come in.
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  readOn(request.raw, reply.raw)
  // Answers to a flood must not flood the log; the door reports it, once a minute.
  if (problem.status >= 500 && !(error instanceof ComeAgain)) request.log.error({ err: error }, problem.title)
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}
