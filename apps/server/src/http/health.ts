import { ProblemError, type ServerCounters } from '@eims/contracts'
import { dbNow, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { inTime } from '../in-time.ts'

/** Below the 2 s in which an answer is promised. */
const PATIENCE_MS = 1500
const SILENT = 'the database does not answer'

/**
 * `/healthz`: the process lives: always 200, with which server it is, what is broken in words and which interfaces are
 * away (a restart would not bring those back). `/readyz`: whether it can do its work, 200 or
 * the database-down problem. Both answer within 2 s, whatever the database does.
 * @param counters asked anew for each request
 * @param trouble what is known to be wrong with the database; null: nothing
 */
export function healthRoutes(
  app: FastifyInstance,
  { db }: Pick<Registry, 'db'>,
  counters: () => ServerCounters,
  trouble: () => string | null = () => null,
): void {
  let asking: Promise<boolean> | undefined
  /** One question at a time, however often we are asked: each holds a connection while the database is silent. */
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
  const broken = async (): Promise<string[]> => {
    return (await inTime(answers(), PATIENCE_MS, false)) ? [] : [trouble() ?? SILENT]
  }
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
