import { join } from 'node:path'
import type { InterfaceCounters } from '@eims/contracts'
import type { ServerRow } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../app.ts'
import { BootTally } from '../boot/tally.ts'
import type { Database } from '../database.ts'
import type { Engine } from '../engine/engine.ts'
import type { Retention } from '../engine/retention.ts'
import { openEventFeed } from '../events/feed.ts'
import { barredAddresses } from '../images/barred-addresses.ts'
import type { Tls } from '../tls/open.ts'
import { VERSION } from '../version.ts'
import { Deliveries } from '../webhooks/deliveries.ts'
import type { Boot } from './boot.ts'
import type { Given } from './given.ts'
import type { Images } from './images.ts'
import type { SiteAtHand } from './site.ts'

export interface Http {
  app: FastifyInstance
  /** the machines' requests, by address of ours */
  tally: BootTally
  /** what the app tells of each interface: whoever serves one adds it */
  interfaces: (() => InterfaceCounters)[]
}

interface Before {
  database: Database
  server: ServerRow
  tls: Tls
  images: Images
  site: SiteAtHand
  engine: Engine & { retention: Retention }
  boot: Boot
}

/** Every route, for machines, agents and administrators, with what answers it. It listens nowhere yet. */
export async function startHttp(
  { config, onBroken, now, log, database, tls, server, images, site, engine, boot }: Given & Before,
  ends: AsyncDisposableStack,
): Promise<Http> {
  const { registry } = database
  const { db } = registry
  const { decider, artifacts, macOf, chained, generated } = boot
  const tally = new BootTally()
  const interfaces: Http['interfaces'] = []
  const startedAt = new Date(now()).toISOString()
  const feed = openEventFeed({ db, log, now: () => performance.now() })
  const deliveries = ends.use(new Deliveries({ registry, feed, serverId: server.id, barred: barredAddresses(), log }))
  const app = await buildApp({
    version: VERSION,
    log,
    engine,
    hosts: { certificate: () => tls.inUse.current().certificate, further: () => site.site().adminHosts },
    images: {
      registry,
      jobs: images.jobs,
      uploads: images.uploads,
      store: images.store,
      named: images.named,
      siblings: images.siblings,
    },
    dashboard: join(config.artifactsDir, 'web'),
    dataDir: config.dataDir,
    importsDir: join(images.tempDir, 'imports'),
    space: images.space,
    events: { db, feed },
    deliveries,
    boot: {
      decider,
      artifacts,
      generated: generated('http'),
      macOf,
      onBinarySent: (mac) => chained.add(mac, now()),
      cameAfterRefusal: boot.cameAfterRefusal,
      now,
      count: (address, name) => tally.count(address, name),
    },
    counters: () => ({
      server: { id: server.id, name: server.name, startedAt },
      interfaces: interfaces.map((counters) => counters()),
    }),
    stored: () => engine.retention.stored(),
    onNetbootChange: site.reload,
    now,
    trouble: database.trouble,
    onRestored: onBroken,
  })
  ends.defer(() => app.close())
  return { app, tally, interfaces }
}
