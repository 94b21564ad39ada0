import { ProblemError } from '@eims/contracts'
import { abandonRequest, claimRequest, type Db, finishRequest, requestHash, requestName } from '@eims/registry'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { IDEMPOTENCY_KEY } from './headers.ts'

/** What a handler came to: the reply's status and JSON. */
export interface Answer {
  status: number
  json: string | null
}

/** Answers a request that carries an Idempotency-Key once, on whichever server of the site. */
export type Once = (
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<Answer>,
  isSecret: boolean,
) => Promise<Answer>

declare module 'fastify' {
  interface FastifyInstance {
    once: Once
  }
}

/** The header is that of the IETF draft "The Idempotency-Key HTTP Header Field": a text, perhaps in quotation marks. */
export function answerOnce(app: FastifyInstance, db: Db): void {
  app.decorate('once', async (request, reply, work, isSecret) => {
    const header = request.headers['idempotency-key']
    if (header === undefined) return work()
    if (typeof header !== 'string' || !IDEMPOTENCY_KEY.test(header)) {
      const message = 'must be 1 to 255 printable ASCII characters without spaces'
      throw new ProblemError('invalid-input', `headers.idempotency-key ${message}`, [
        { path: 'headers.idempotency-key', message },
      ])
    }
    const place = `${request.method} ${request.routeOptions.url}`
    const name = requestName(request.keyId, place, header)
    const claim = await claimRequest(db, name, requestHash(request.url, request.body))
    if (claim.kind === 'mismatch') throw new ProblemError('idempotency-mismatch', `${header} stood for another request`)
    if (claim.kind === 'busy') {
      reply.header('retry-after', 1)
      throw new ProblemError('idempotency-busy', `${header} is under way`)
    }
    if (claim.kind === 'again') {
      if (isSecret) throw new ProblemError('already-exists', 'It was made, and what it holds is shown only once.')
      reply.header('idempotency-replayed', 'true')
      return { status: claim.status, json: claim.reply }
    }
    const answer = await work().catch(async (error: unknown) => {
      await abandonRequest(db, name)
      throw error
    })
    await finishRequest(db, name, answer.status, isSecret ? null : answer.json)
    return answer
  })
}
