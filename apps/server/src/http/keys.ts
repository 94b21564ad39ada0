import { setTimeout as sleep } from 'node:timers/promises'
import { includesRole, ProblemError } from '@eims/contracts'
import { type Db, findKey } from '@eims/registry'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AttemptLimits, FailedAttempts } from './attempts.ts'
import { bearerOf } from './bearer.ts'
import { RememberedKeys } from './remembered-keys.ts'

/** Every administrator's route asks for a key with a role; a route without one is a fault of ours, not an open door. */
export function guardWithKeys(app: FastifyInstance, db: Db, limits?: AttemptLimits): void {
  const attempts = new FailedAttempts(limits)
  const remembered = new RememberedKeys(() => performance.now())
  app.decorateRequest('actor', '')
  app.decorateRequest('keyId', '')
  app.decorateRequest('role', null)
  app.addHook('onRequest', async (request, reply) => {
    const { listener, role, whileSilent } = request.routeOptions.config
    if (listener !== 'admin') return
    if (!role) throw new Error(`${request.routeOptions.url} has no role`)
    if (role === 'anyone') return
    const text = bearerOf(request)
    const ask = () => findKey(db, text)
    const key = await (whileSilent ? remembered.find(text, ask) : ask())
    if (!key) throw await wrongKey(attempts, request, reply)
    if (!includesRole(key.role, role))
      throw new ProblemError('forbidden', `this needs the role ${role}; the key "${key.name}" has ${key.role}`)
    request.actor = key.name
    request.keyId = key.id
    request.role = key.role
  })
}

async function wrongKey(attempts: FailedAttempts, request: FastifyRequest, reply: FastifyReply): Promise<ProblemError> {
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
  return new ProblemError('unauthenticated', 'the key is unknown, revoked or expired')
}
