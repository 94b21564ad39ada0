import { createEventSink, siteSigningKey } from '@eims/registry'
import type { Database } from '../database.ts'
import type { Engine } from '../engine/engine.ts'
import { startSweep } from '../engine/sweep.ts'
import { NodeWaits } from '../engine/waits.ts'
import type { Given } from './given.ts'
import type { SiteAtHand } from './site.ts'

/** The engine's shell: what happens is recorded, agents wait for their next action, and what is overdue is swept. */
export async function startEngine(
  { now, log, database: { registry }, site: { httpsOnly } }: Given & { database: Database; site: SiteAtHand },
  ends: AsyncDisposableStack,
): Promise<Engine> {
  const sink = createEventSink({ db: registry.db, now, log: (line) => log.warn(line) })
  ends.defer(() => sink.close())
  const key = await siteSigningKey(registry.db)
  const engine: Engine = {
    registry,
    sink,
    waits: new NodeWaits(),
    signingKey: async () => key,
    httpsOnly,
    listening: { since: null },
    log,
  }
  ends.use(startSweep(engine))
  return engine
}
