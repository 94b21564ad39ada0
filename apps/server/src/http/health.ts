import { ProblemError, type ServerCounters } from '@eims/contracts'
import { dbNow, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { inTime } from '../in-time.ts'

/** Below the 2 s in which an answer is promised. */
const PATIENCE_MS = 1500
const SILENT = 'the database does not answer'

/**
 * What is broken, in words, within 2 s whatever the database does. One question at a time, however often it is asked: each
 * holds a connection while the database is silent.
 * @param trouble what is known to be wrong with the database; null: nothing
 */
export function healthOf({ db }: Pick<Registry, 'db'>, trouble: () => string | null = () => null) {
  let asking: Promise<boolean> | undefined
  const answers = () => {
    asking ??= dbNow(db)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        asking = undefined
      })
    return asking
  }
  return async (): Promise<string[]> => ((await inTime(answers(), PATIENCE_MS, false)) ? [] : [trouble() ?? SILENT])
}

/**
 * `/healthz`: the process lives: always 200, with which server it is, what is broken in words and which interfaces are
 * away (a restart would not bring those back). `/readyz`: whether it can do its work, 200 or
 * the database-down problem.
 * @param counters asked anew for each request
 */
export function healthRoutes(
  app: FastifyInstance,
  broken: () => Promise<string[]>,
  counters: () => ServerCounters,
): void {
  const quiet = { exposeHeadRoute: false, schema: { hide: true } }
  app.get('/healthz', quiet, async () => {
    const found = await broken()
    const { server, interfaces } = counters()
    const away = interfaces.flatMap(({ interface: name, away }) => (away ? [{ interface: name, why: away }] : []))
    return { ok: found.length === 0, broken: found, server: server.id, away }
  })
  app.get('/readyz', quiet, async () => {
    const [found] = await broken()
    if (found) throw new ProblemError('database-down', found)
    return { ok: true }
  })
}
