import { setTimeout as sleep } from 'node:timers/promises'
import { includesRole, ProblemError } from '@eims/contracts'
import { type Db, findKey, findSession } from '@eims/registry'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ATTEMPT_LIMITS, type AttemptLimits, FailedAttempts } from './attempts.ts'
import { bearerOf } from './bearer.ts'
import { cookieFor, refuseForeignPage, sessionOf } from './cookie.ts'
import { type Key, RememberedKeys } from './remembered-keys.ts'

/** What a request shows for itself, and how the registry is asked whose it is. */
interface Shown {
  kind: 'key' | 'session'
  text: string
  /** @param use whether this is a use of it */
  ask: (use: boolean) => Promise<Key | null>
}

/** Makes the error for a wrong key, in its time: whoever sends many of them waits longer, and is refused in the end. */
export type RefuseWrong = (request: FastifyRequest, reply: FastifyReply) => Promise<ProblemError>

/**
 * Every administrator's route asks for a key with a role, or for the cookie of a browser that signed in with one; a route
 * without a role is a fault of ours, not an open door.
 * @returns what a wrong key costs, for who takes keys elsewhere
 */
export function guardWithKeys(app: FastifyInstance, db: Db, limits: AttemptLimits = ATTEMPT_LIMITS): RefuseWrong {
  const attempts = new FailedAttempts(limits)
  // A page that was left open asks for several things at once before it hears that its session is over.
  const stale = new FailedAttempts({ ...limits, free: 16 * limits.free, refused: 16 * limits.refused })
  const remembered = new RememberedKeys(() => performance.now())
  const refuseWrong: RefuseWrong = (request, reply) =>
    wrongKey(attempts, request, reply, 'the key is unknown, revoked or expired')
  app.decorateRequest('actor', '')
  app.decorateRequest('keyId', '')
  app.decorateRequest('role', null)
  app.decorateRequest('sessionEndsAt', null)
  app.decorateRequest('isStillIn', async () => false)
  const shownBy = (request: FastifyRequest): Shown => {
    const session = request.headers.authorization === undefined ? sessionOf(request) : null
    if (session !== null) return { kind: 'session', text: session, ask: (use) => findSession(db, session, { use }) }
    const key = bearerOf(request)
    return { kind: 'key', text: key, ask: () => findKey(db, key) }
  }
  app.addHook('onRequest', async (request, reply) => {
    const { listener, role, whileSilent } = request.routeOptions.config
    if (listener !== 'admin') return
    if (!role) throw new Error(`${request.routeOptions.url} has no role`)
    if (role === 'anyone') return
    const { kind, text, ask } = shownBy(request)
    if (kind === 'session') refuseForeignPage(request)
    const key = await (whileSilent ? remembered.find(text, () => ask(true)) : ask(true))
    if (!key && kind === 'key') throw await refuseWrong(request, reply)
    if (!key) {
      reply.header('set-cookie', cookieFor(request, null))
      throw await wrongKey(stale, request, reply, 'the session of this browser is over; sign in again')
    }
    if (!includesRole(key.role, role))
      throw new ProblemError('forbidden', `this needs the role ${role}; the key "${key.name}" has ${key.role}`)
    request.actor = key.name
    request.keyId = key.id
    request.role = key.role
    request.isStillIn = async () => (await ask(false)) !== null
    request.sessionEndsAt = key.endsAt ?? null
  })
  return refuseWrong
}

async function wrongKey(
  attempts: FailedAttempts,
  request: FastifyRequest,
  reply: FastifyReply,
  detail: string,
): Promise<ProblemError> {
  const penalty = attempts.note(request.ip, performance.now())
  if (penalty.kind === 'refuse') {
    reply.header('retry-after', penalty.retryAfterSeconds)
    return new ProblemError('too-many-attempts', `wrong keys came from ${request.ip} again and again`)
  }
  try {
    if (penalty.milliseconds > 0) await sleep(penalty.milliseconds)
  } finally {
    attempts.waited(request.ip)
  }
  return new ProblemError('unauthenticated', detail)
}
