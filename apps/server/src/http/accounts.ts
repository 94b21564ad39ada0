import {
  audit,
  createAccount,
  deleteAccount,
  getAccount,
  listAccounts,
  type Registry,
  replaceAccount,
} from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

/** The audit log gets accounts in their public form: whether there is a password, never its hash. */
export function accountRoutes(app: FastifyInstance, registry: Registry): void {
  const { db } = registry
  serve(app, 'listAccounts', ({ query }) => listAccounts(db, query))
  serve(app, 'getAccount', ({ params }) => getAccount(db, params.id))
  serve(app, 'addAccount', ({ body, request }) =>
    registry.transaction(async (tx) => {
      const after = await createAccount(tx, body)
      await audit(tx, { actor: request.actor, action: 'account.add', of: after, after })
      return after
    }),
  )
  serve(app, 'putAccount', ({ params, body, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'account', params.id)
      const before = await getAccount(tx, params.id)
      const after = await replaceAccount(tx, before.id, body)
      await audit(tx, { actor: request.actor, action: 'account.replace', of: after, before, after })
      return after
    }),
  )
  serve(app, 'deleteAccount', ({ params, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'account', params.id)
      const before = await deleteAccount(tx, params.id)
      await audit(tx, { actor: request.actor, action: 'account.delete', of: before, before })
      return null
    }),
  )
}
