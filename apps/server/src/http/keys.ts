import { ProblemError, Role } from '@eims/contracts'
import { type Db, findKey } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { bearerOf } from './bearer.ts'

/** Every administrator's route asks for a key with a role; a route without one is a fault of ours, not an open door. */
export function guardWithKeys(app: FastifyInstance, db: Db): void {
  app.decorateRequest('actor', '')
  app.addHook('onRequest', async (request) => {
    const { listener, role } = request.routeOptions.config
    if (listener !== 'admin') return
    if (!role) throw new Error(`${request.routeOptions.url} has no role`)
    const key = await findKey(db, bearerOf(request))
    if (!key) throw new ProblemError('unauthenticated', 'the key is unknown, revoked or expired')
    if (Role.options.indexOf(key.role) < Role.options.indexOf(role))
      throw new ProblemError('forbidden', `this needs the role ${role}; the key "${key.name}" has ${key.role}`)
    request.actor = key.name
  })
}
