import type { Secret } from '@eims/contracts'
import { audit, createSecret, deleteSecret, getSecret, listSecrets, patchSecret } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import { checkUnused } from '../engine/secrets.ts'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

/** A MiB of values, of which JSON may write each byte as two. */
const SECRET_BYTES = 2 * 1024 * 1024 + 64 * 1024

/** The audit log gets secrets as replies show them: keys and sizes. */
export function secretRoutes(app: FastifyInstance, { registry, waits }: Engine): void {
  const { db } = registry
  /** Units may wait for what it holds now. */
  const changed = async (secret: Promise<Secret>) => {
    const done = await secret
    waits.wakeAll()
    return done
  }
  serve(app, 'listSecrets', ({ query }) => listSecrets(db, query))
  serve(app, 'getSecret', ({ params }) => getSecret(db, params.id))
  serve(
    app,
    'addSecret',
    ({ body, request }) =>
      changed(
        registry.transaction(async (tx) => {
          const after = await createSecret(tx, body)
          await audit(tx, { actor: request.actor, action: 'secret.add', of: after, after })
          return after
        }),
      ),
    { bodyLimit: SECRET_BYTES },
  )
  serve(
    app,
    'patchSecret',
    ({ params, body, request }) =>
      changed(
        registry.transaction(async (tx) => {
          await checkIfMatch(tx, request, 'secret', params.id)
          const before = await getSecret(tx, params.id)
          const keys = before.keys.filter(({ key }) => body.values[key] === null)
          if (keys.length > 0) await checkUnused(tx, { name: before.name, keys })
          const after = await patchSecret(tx, before.id, body)
          await audit(tx, { actor: request.actor, action: 'secret.change', of: after, before, after })
          return after
        }),
      ),
    { bodyLimit: SECRET_BYTES },
  )
  serve(app, 'deleteSecret', ({ params, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'secret', params.id)
      const before = await getSecret(tx, params.id)
      await checkUnused(tx, before)
      await deleteSecret(tx, before.id)
      await audit(tx, { actor: request.actor, action: 'secret.delete', of: before, before })
      return null
    }),
  )
}
