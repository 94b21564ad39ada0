import { ProblemError } from '@eims/contracts'
import {
  abandonRequest,
  type Claim,
  claimRequest,
  type Db,
  finishRequest,
  isDatabaseDown,
  requestHash,
  requestName,
  underClaim,
} from '@eims/registry'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NewestMap } from '../newest-map.ts'
import { IDEMPOTENCY_KEY } from './headers.ts'

/** What a handler came to: the reply's status and JSON. */
export interface Answer {
  status: number
  json: string | null
}

/** Answers a request that carries an Idempotency-Key once, on whichever server of the site. */
type Once = (
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

/**
 * Failed requests whose claims still stand in the registry; the oldest are forgotten and then count as under way for a
 * long time.
 */
const MOST_LEFT = 10_000

/** The header is that of the IETF draft "The Idempotency-Key HTTP Header Field": a text, perhaps in quotation marks. */
export function answerOnce(app: FastifyInstance, db: Db): void {
  const left = new NewestMap<string, true>(MOST_LEFT)
  const claimOf = async (name: string, request: string): Promise<Claim> => {
    try {
      const isOver = left.has(name)
      if (isOver) await abandonRequest(db, name)
      const claim = await claimRequest(db, name, request, isOver)
      if (claim.kind === 'first') left.delete(name)
      return claim
    } catch (error) {
      // It may come to stand there when the database is back.
      if (isDatabaseDown(error)) left.set(name, true)
      throw error
    }
  }
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
    const claim = await claimOf(name, requestHash(request.url, request.body))
    if (claim.kind === 'mismatch') throw new ProblemError('idempotency-mismatch', `${header} stood for another request`)
    if (claim.kind === 'busy') {
      reply.header('retry-after', 1)
      throw new ProblemError('idempotency-busy', `${header} is under way`)
    }
    if (claim.kind === 'lost')
      throw new ProblemError(
        'already-exists',
        `what was asked with ${header} was done, or a part of it, before the database went away, and its reply is lost; look at what it was to change`,
      )
    if (claim.kind === 'again') {
      if (isSecret) throw new ProblemError('already-exists', 'It was made, and what it holds is shown only once.')
      reply.header('idempotency-replayed', 'true')
      return { status: claim.status, json: claim.reply }
    }
    const answer = await underClaim(name, work).catch(async (error: unknown) => {
      // A database that is away is not asked for that as well: the caller has waited long enough.
      const isGivenUp = !isDatabaseDown(error) && (await abandonRequest(db, name).catch(() => false))
      if (!isGivenUp) left.set(name, true)
      throw error
    })
    // It was done, whatever becomes of the note: that is what the caller is told.
    await finishRequest(db, name, answer.status, isSecret ? null : answer.json).catch((err: unknown) => {
      left.set(name, true)
      request.log.warn({ err }, 'the reply of a request with an Idempotency-Key could not be kept')
    })
    return answer
  })
}
