import type { ServerCounters, Stored } from '@eims/contracts'
import type { Space } from '@eims/image'
import type { StoredNode } from '@eims/registry'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { type BootRoutes, bootRoutes } from './boot/routes.ts'
import { diagnosisRoutes } from './diagnosis/route.ts'
import type { Engine } from './engine/engine.ts'
import { quarantine } from './engine/quarantine.ts'
import { accountRoutes } from './http/accounts.ts'
import { addonRoutes } from './http/addons.ts'
import { agentRoutes, LEASE } from './http/agent.ts'
import type { AttemptLimits } from './http/attempts.ts'
import { auditRoutes } from './http/audit.ts'
import { backupRoutes } from './http/backup.ts'
import { batchRoutes } from './http/batches.ts'
import { blobRoutes } from './http/blobs.ts'
import { boardRoutes } from './http/board.ts'
import { bulkRoutes } from './http/bulk.ts'
import { caRoutes } from './http/ca.ts'
import { configCheckRoutes } from './http/config-check.ts'
import { counterRoutes } from './http/counters.ts'
import { serveDashboard } from './http/dashboard.ts'
import { serveDocs } from './http/docs.ts'
import { answerProblem, handleErrors } from './http/errors.ts'
import { type EventRoutes, eventRoutes } from './http/events.ts'
import { exportRoutes } from './http/export.ts'
import { type DoorLimits, FrontDoor } from './http/front-door.ts'
import { frontPageRoute } from './http/front-page.ts'
import { healthOf, healthRoutes } from './http/health.ts'
import { guardHosts, type KnownHosts } from './http/hosts.ts'
import { type ImageRoutes, imageRoutes } from './http/images.ts'
import { importRoutes } from './http/imports.ts'
import { keyRoutes } from './http/key-routes.ts'
import { guardWithKeys } from './http/keys.ts'
import { LongPolls } from './http/long-polls.ts'
import { metricRoutes } from './http/metrics.ts'
import { nodeRoutes } from './http/nodes.ts'
import { answerOnce } from './http/once.ts'
import { serveOpenApi } from './http/openapi.ts'
import { overviewRoutes } from './http/overview.ts'
import { profileRoutes } from './http/profiles.ts'
import { guardListeners, useZod } from './http/routes.ts'
import { secretRoutes } from './http/secrets.ts'
import { sessionRoutes } from './http/session.ts'
import { siteRoutes } from './http/site.ts'
import { webhookRoutes } from './http/webhooks.ts'
import { workflowRoutes } from './http/workflows.ts'
import type { NamedImages } from './images/fetch-named.ts'
import { createImportJobs } from './imports/jobs.ts'
import { Metrics } from './metrics/metrics.ts'
import { shortage } from './shortage.ts'
import type { Deliveries } from './webhooks/deliveries.ts'

const BODY_BYTES = 1024 * 1024

interface AppParts {
  version: string
  log: Logger
  engine: Engine
  boot: Omit<BootRoutes, 'door'>
  /** where the built dashboard is, if it is */
  dashboard: string
  images: ImageRoutes & { named: NamedImages }
  /** what administrators may call it */
  hosts: KnownHosts
  counters: () => ServerCounters
  /** what the registry holds; may reject */
  stored: () => Promise<Stored>
  /** the disk that it is on is told to whoever monitors */
  dataDir: string
  /** where files of imports lie while they are worked on */
  importsDir: string
  /** of the data directory's disk */
  space: Space
  events: EventRoutes
  deliveries: Deliveries
  /** the site's settings or a node changed, or this one was added: the boot services take it over before the reply */
  onNetbootChange: (added?: StoredNode) => Promise<void>
  /** a backup has taken the registry's place: this process must end */
  onRestored: (why: string) => void
  /** milliseconds since 1970 */
  now: () => number
  /** what is known to be wrong with the database; left out: nothing */
  trouble?: () => string | null
  /** what wrong keys cost; left out: the usual */
  attempts?: AttemptLimits
  /** what anybody on the LAN may ask; left out: the usual */
  door?: DoorLimits
}

/** Builds the HTTP application; it listens nowhere. Which listener may reach which route is each route's own word. */
export async function buildApp({
  version,
  log,
  engine,
  boot,
  dashboard,
  images,
  hosts,
  counters,
  stored,
  dataDir,
  importsDir,
  space,
  events,
  deliveries,
  onNetbootChange,
  onRestored,
  now,
  trouble,
  attempts,
  door: doorLimits,
}: AppParts): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: answerProblem,
  }) as unknown as FastifyInstance
  app.removeContentTypeParser('text/plain')
  useZod(app)
  handleErrors(app)
  guardListeners(app)
  guardHosts(app, hosts)
  const refuseWrong = guardWithKeys(app, engine.registry.db, attempts)
  answerOnce(app, engine.registry.db)
  await serveOpenApi(app, version)
  await serveDocs(app)
  const short = shortage((times) => log.warn({ times }, 'http: more machines ask than can be answered at once'), now)
  const door = new FrontDoor({ now, onShort: short, ...(doorLimits ? { limits: doorLimits } : {}) })
  bootRoutes(app, { ...boot, door })
  await blobRoutes(app, images.store, boot.artifacts, images.siblings)
  const polls = new LongPolls()
  agentRoutes(app, engine, door, polls)
  siteRoutes(app, {
    registry: engine.registry,
    onChange: async () => {
      await onNetbootChange()
      engine.waits.wakeAll()
    },
  })
  await imageRoutes(app, images)
  addonRoutes(app, engine, images.jobs)
  profileRoutes(app, engine)
  workflowRoutes(app, { engine, images: images.named, server: () => counters().interfaces[0]?.url ?? null })
  accountRoutes(app, engine.registry)
  secretRoutes(app, engine)
  batchRoutes(app, engine.registry)
  configCheckRoutes(app, engine.registry)
  nodeRoutes(app, engine, onNetbootChange)
  bulkRoutes(app, engine, onNetbootChange)
  await importRoutes(
    app,
    createImportJobs({
      registry: engine.registry,
      folder: importsDir,
      serverId: () => counters().server.id,
      now: Date.now,
      room: (bytes, what) => space.require(importsDir, bytes, what),
    }),
    engine.registry,
    async () => {
      await onNetbootChange()
      engine.waits.wakeAll()
    },
  )
  exportRoutes(app, engine.registry)
  eventRoutes(app, events)
  webhookRoutes(app, engine.registry, deliveries)
  keyRoutes(app, engine.registry)
  sessionRoutes(app, engine.registry.db, refuseWrong)
  auditRoutes(app, engine.registry)
  counterRoutes(app, counters, stored)
  const { registry, sink, tally } = engine
  const disks = { data: dataDir, images: images.store.directory }
  overviewRoutes(app, {
    db: registry.db,
    counters,
    conflicts: () => quarantine(engine, LEASE),
    disks,
    now: () => performance.now(),
  })
  boardRoutes(app, registry.db, () => performance.now())
  metricRoutes(
    app,
    new Metrics({
      version,
      registry,
      counters,
      tally,
      disks,
      queues: { events: () => sink.waiting, machines: () => door.waiting },
      unwritten: () => sink.dropped,
      longPolls: () => polls.held,
      eventStreams: () => events.feed.followers,
      now: () => performance.now(),
    }),
  )
  await backupRoutes(app, {
    registry: engine.registry,
    store: images.store,
    version,
    serverId: () => counters().server.id,
    now,
    onRestored,
  })
  diagnosisRoutes(app, { engine, artifacts: boot.artifacts, counters })
  const broken = healthOf(engine.registry, trouble)
  healthRoutes(app, broken, counters)
  frontPageRoute(app, { version, counters, broken, dashboard: await serveDashboard(app, dashboard) })
  caRoutes(app, engine.registry)
  await app.ready()
  return app
}
