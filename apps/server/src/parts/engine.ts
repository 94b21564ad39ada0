import { createEventSink, siteSigningKey } from '@eims/registry'
import type { Database } from '../database.ts'
import { DatabaseClock } from '../engine/clock.ts'
import type { Engine } from '../engine/engine.ts'
import { Retention, startRetention } from '../engine/retention.ts'
import { startSweep } from '../engine/sweep.ts'
import { NodeWaits } from '../engine/waits.ts'
import { RunTally } from '../run-tally.ts'
import type { Given } from './given.ts'
import type { Images } from './images.ts'
import type { SiteAtHand } from './site.ts'

/**
 * The engine's shell: what happens is recorded, agents wait for their next action, what is overdue is swept, and what is
 * too old or too much is dropped.
 */
export async function startEngine(
  {
    now,
    log,
    database: { registry },
    images,
    site: { site, httpsOnly },
  }: Given & { database: Database; images: Images; site: SiteAtHand },
  ends: AsyncDisposableStack,
): Promise<Engine & { retention: Retention }> {
  const sink = createEventSink({ db: registry.db, now, log: (line) => log.warn(line) })
  ends.defer(() => sink.close())
  const key = await siteSigningKey(registry.db)
  const listening: Engine['listening'] = { since: null }
  const engine: Engine = {
    registry,
    siteId: site().id,
    sink,
    waits: new NodeWaits(),
    signingKey: async () => key,
    httpsOnly,
    listening,
    clock: new DatabaseClock({ registry, listening, log }),
    tally: new RunTally(),
    fetchImages: (wanted) => images.named.fetch(wanted),
    reach: (manifestSha256) => images.siblings.reach(manifestSha256),
    log,
  }
  // Before anybody is answered: from here on a jump is seen.
  await engine.clock.look()
  ends.use(startSweep(engine))
  const daysAgo = (days: number) => engine.clock.daysAgo(days)
  const retention = new Retention({ registry, site, unwritten: () => sink.dropped, now, daysAgo })
  ends.use(startRetention(retention, log))
  return { ...engine, retention }
}
