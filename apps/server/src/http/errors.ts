import { invalidInput, ProblemError, toProblem } from '@eims/contracts'
import { isDatabaseDown } from '@eims/registry'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ZodError } from 'zod'

const byFastifyCode: Record<string, [ProblemError['code'], string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'the content-type is not one this route takes'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'the body is larger than this route takes'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-input', 'the body is not valid JSON'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-input', 'the body is empty'],
}

/** Any failure as the problem a caller is told; causes of a 500 stay in the log. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof ZodError) return invalidInput(error)
  if (isDatabaseDown(error)) return new ProblemError('database-down', 'the registry cannot be reached at the moment')
  const known = byFastifyCode[(error as { code?: string } | null)?.code ?? '']
  if (known) return new ProblemError(...known)
  const status = (error as { statusCode?: number } | null)?.statusCode
  if (status && status >= 400 && status < 500) return new ProblemError('invalid-input', (error as Error).message)
  return new ProblemError('internal', 'the server failed; its log says why')
}

/** The one place that turns errors into replies (RFC 9457). */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerProblem)
  const notFound = (request: FastifyRequest, reply: FastifyReply) =>
    answerProblem(
      new ProblemError('not-found', `there is no ${request.method} ${request.url.split('?')[0]}`),
      request,
      reply,
    )
  app.setNotFoundHandler(notFound)
  // fastify would wait for the body first, from whoever knocks.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 && request.method !== 'GET') return notFound(request, reply)
  })
}

/** Also for what fails before a route is found, such as a path that cannot be decoded. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(problemOf(error), request.id)
  if (problem.status >= 500) request.log.error({ err: error }, problem.title)
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}
