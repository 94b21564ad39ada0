import { join } from 'node:path'
import type { Site } from '@eims/contracts'
import {
  createEventSink,
  dropExpiredSessions,
  ensureFirstKey,
  ensureSite,
  failInterruptedImages,
  getSite,
  listImages,
  listProfiles,
  registerServer,
} from '@eims/registry'
import { buildApp } from './app.ts'
import { openArtifacts } from './artifacts.ts'
import { localDecider } from './boot/local-decider.ts'
import { autoexecScript } from './boot/scripts.ts'
import { openBootSession } from './boot/sessions.ts'
import { siteParametersFor } from './boot/site-parameters.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database.ts'
import type { Engine } from './engine/engine.ts'
import { startSweep } from './engine/sweep.ts'
import { NodeWaits } from './engine/waits.ts'
import { greeting } from './greeting.ts'
import { clearTemp } from './images/convert.ts'
import { startHousekeeping } from './images/housekeeping.ts'
import { createImageJobs } from './images/jobs.ts'
import { openBlobStore } from './images/store.ts'
import { RecentTransfers } from './lan/chained.ts'
import { startDhcp } from './lan/dhcp.ts'
import { startTftp } from './lan/tftp.ts'
import { openListener } from './listen/http.ts'
import type { Segment } from './listen/segments.ts'
import { writeLocalAccess } from './local-access.ts'
import { openLog } from './log.ts'
import { serverIdOf } from './server-id.ts'
import { urlFor } from './urls.ts'
import { VERSION } from './version.ts'

const USER_CLASS = 'Tinkerbell'

export interface Service extends AsyncDisposable {
  greeting: string
}

/**
 * The composition root: builds every part and connects them. Throws one sentence when something cannot start, with
 * everything that had started ended again. `onBroken` hears when a part fails later in a way that ends the service.
 */
export async function serveSite(start: {
  config: Config
  segments: Segment[]
  hostname: string
  onBroken: (why: string) => void
}): Promise<Service> {
  const { config, segments, hostname, onBroken } = start
  const now = () => Date.now()
  const log = openLog(config.logLevel)
  await using stack = new AsyncDisposableStack()

  const database = stack.use(await openDatabase({ config, onBroken, log }))
  const { registry } = database
  const { db } = registry
  await ensureSite(db)
  const serverId = await serverIdOf(config.dataDir)
  const baseFor = (segment: Segment) => `http://${segment.address}:${config.httpPort}`
  await registerServer(db, { id: serverId, name: hostname, urls: segments.map(baseFor), version: VERSION })
  await failInterruptedImages(db, serverId)
  await dropExpiredSessions(db)

  const artifacts = openArtifacts(config.artifactsDir)
  const store = await openBlobStore(config.dataDir)
  const tempDir = join(config.dataDir, 'temp')
  await clearTemp(tempDir)
  const jobs = stack.use(createImageJobs({ db, store, tempDir, serverId, log }))

  stack.use(startHousekeeping({ db, store, now, log }))

  const sink = createEventSink({ db, now, log: (line) => log.warn(line) })
  stack.defer(() => sink.close())
  const engine: Engine = { registry, sink, waits: new NodeWaits(), log }
  stack.use(startSweep(engine))

  let site: Site = await getSite(db)
  const app = await buildApp({
    version: VERSION,
    log,
    engine,
    images: { registry, jobs, store },
    boot: {
      decider: localDecider({ db, artifacts, log }),
      artifacts,
      openSession: (who, decision) => openBootSession(db, who, decision),
      siteParameters: (token, base) => siteParametersFor(db, token, base, now()),
      record: (event) => sink.record(event),
      now,
    },
    onSiteChange: async () => {
      site = await getSite(db)
    },
  })
  stack.defer(() => app.close())

  const chained = new RecentTransfers()
  const record = sink.record.bind(sink)
  for (const segment of segments) {
    const bootUrl = urlFor(baseFor(segment), '/boot.ipxe')
    stack.use(await openListener(app, 'open', { fd: segment.fds.http }))
    stack.use(
      await startTftp({
        segment,
        artifacts,
        autoexec: autoexecScript({ bootUrl, userClass: USER_CLASS }),
        record,
        onBinarySent: (mac) => chained.add(mac, now()),
        log,
      }),
    )
    stack.use(
      await startDhcp({
        segment,
        settings: () => ({
          serverAddress: segment.address,
          scriptUrl: bootUrl,
          userClass: USER_CLASS,
          chainRomIpxe: site.chainRomIpxe,
        }),
        chainedRecently: (mac) => chained.has(mac, now()),
        record,
        log,
      }),
    )
  }
  const adminUrl = `http://127.0.0.1:${config.adminPort}`
  stack.use(await openListener(app, 'admin', { host: '127.0.0.1', port: config.adminPort }))
  await writeLocalAccess(db, { id: serverId, hostname }, config.dataDir, adminUrl)

  const [images, profiles] = await Promise.all([listImages(db, { pageSize: 1 }), listProfiles(db, { pageSize: 1 })])
  // Last of all: it is shown this once, so nothing may fail between its making and the greeting.
  const firstKey = await ensureFirstKey(db)
  const parts = stack.move()
  return {
    greeting: greeting({
      segments,
      httpPort: config.httpPort,
      adminUrl,
      firstKey,
      database: database.description,
      microOs: artifacts.microOs(),
      counts: { images: images.items.length, profiles: profiles.items.length },
    }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}
