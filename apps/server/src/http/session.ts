import { ProblemError } from '@eims/contracts'
import { audit, beginSession, type Db, endSession, findKey, findSession } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { cookieFor, refuseForeignPage, sessionOf } from './cookie.ts'
import type { RefuseWrong } from './keys.ts'
import { serve } from './routes.ts'

const until = (at: Date) => Math.max(1, Math.floor((at.getTime() - Date.now()) / 1000))

/**
 * A browser shows a key once and gets a cookie, which opens what the key opens until it is signed out, left alone for too
 * long, or the key is no more.
 * @param refuseWrong what a wrong key costs, there as elsewhere
 */
export function sessionRoutes(app: FastifyInstance, db: Db, refuseWrong: RefuseWrong): void {
  serve(app, 'signIn', async ({ body, request, reply }) => {
    refuseForeignPage(request)
    const key = await findKey(db, body.key)
    if (!key) throw await refuseWrong(request, reply)
    const former = sessionOf(request)
    if (former !== null) await endSession(db, former)
    const text = await db.$transaction(async (tx) => {
      const of = { id: key.id, name: key.name }
      await audit(tx, { actor: key.name, action: 'session.begin', of, after: { from: request.ip } })
      return beginSession(tx, key.id)
    })
    const session = await findSession(db, text, { use: false })
    if (!session) throw new ProblemError('unauthenticated', 'the key was revoked just now')
    const { name, role, endsAt } = session
    reply.header('set-cookie', cookieFor(request, { text, seconds: until(endsAt) }))
    request.log.info({ key: name, from: request.ip }, 'a browser signed in')
    return { name, role, endsAt: endsAt.toISOString() }
  })
  serve(app, 'getSession', async ({ request, reply }) => {
    const { actor: name, role, sessionEndsAt: endsAt } = request
    const text = sessionOf(request)
    if (endsAt !== null && text !== null)
      reply.header('set-cookie', cookieFor(request, { text, seconds: until(endsAt) }))
    return { name, role: role!, endsAt: endsAt?.toISOString() ?? null }
  })
  serve(app, 'signOut', async ({ request, reply }) => {
    const text = sessionOf(request)
    if (text !== null) await endSession(db, text)
    reply.header('set-cookie', cookieFor(request, null))
    return null
  })
}
