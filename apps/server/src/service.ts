import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { InterfaceCounters } from '@eims/contracts'
import {
  createEventSink,
  dropExpiredSessions,
  ensureFirstKey,
  ensureSite,
  failInterruptedImages,
  listImages,
  listProfiles,
} from '@eims/registry'
import { buildApp } from './app.ts'
import { openArtifacts } from './artifacts.ts'
import { autoexecFor, autoexecScript } from './boot/autoexec.ts'
import { localDecider } from './boot/local-decider.ts'
import { openBootSession } from './boot/sessions.ts'
import { siteParametersFor } from './boot/site-parameters.ts'
import { BootTally } from './boot/tally.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database.ts'
import type { Engine } from './engine/engine.ts'
import { startSweep } from './engine/sweep.ts'
import { NodeWaits } from './engine/waits.ts'
import { openEventFeed } from './events/feed.ts'
import { greeting } from './greeting.ts'
import { startHeartbeat } from './heartbeat.ts'
import { clearTemp } from './images/convert.ts'
import { startHousekeeping } from './images/housekeeping.ts'
import { createImageJobs } from './images/jobs.ts'
import { openBlobStore } from './images/store.ts'
import { RecentTransfers } from './lan/chained.ts'
import { serveSegment } from './lan/serve-segment.ts'
import { openListener } from './listen/http.ts'
import type { Segment } from './listen/segments.ts'
import { writeLocalAccess } from './local-access.ts'
import { openLog } from './log.ts'
import { strictest } from './netboot/gate.ts'
import { readNeighbours } from './netboot/neighbours.ts'
import { loadSite, watchSite } from './netboot/site-snapshot.ts'
import { serverIdOf } from './server-id.ts'
import { fingerprintText } from './tls/authority.ts'
import { namesOf } from './tls/leaf.ts'
import { openTls } from './tls/open.ts'
import { urlFor } from './urls.ts'
import { VERSION } from './version.ts'

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
  const tlsBaseFor = (segment: Segment) => `https://${segment.address}:${config.httpsPort}`
  const addresses = segments.map((segment) => segment.address)
  const tls = stack.use(
    await openTls({
      db,
      dataDir: config.dataDir,
      files: config,
      names: () => namesOf(addresses, networkInterfaces(), hostname),
      now,
      log,
    }),
  )
  const server = { id: serverId, name: hostname, urls: segments.map(baseFor), version: VERSION }
  stack.use(await startHeartbeat({ db, server, log }))
  await failInterruptedImages(db, serverId)
  await dropExpiredSessions(db)

  const artifacts = openArtifacts(config.artifactsDir, config.bootFilesDir)
  const store = await openBlobStore(config.dataDir)
  const tempDir = join(config.dataDir, 'temp')
  await clearTemp(tempDir)
  const jobs = stack.use(createImageJobs({ db, store, tempDir, serverId, log }))

  stack.use(startHousekeeping({ db, store, now, log }))

  const sink = createEventSink({ db, now, log: (line) => log.warn(line) })
  stack.defer(() => sink.close())
  const { site, gate, reload } = stack.use(await watchSite({ load: () => loadSite(db), log }))
  const httpsOnly = () => site().https && site().plainHttp === 'refused'
  const engine: Engine = { registry, sink, waits: new NodeWaits(), httpsOnly, log }
  stack.use(startSweep(engine))

  const { macOf } = readNeighbours()
  const gateOf = (mac: string | null, address: string) =>
    gate.guards ? strictest(gate.of(mac), gate.of(macOf(address))) : gate.of(mac)
  const chained = new RecentTransfers()
  const onBinarySent = (mac: string) => chained.add(mac, now())
  const autoexec = (loadedBy: 'tftp' | 'http') => (base: string) =>
    autoexecScript(autoexecFor(site(), { base, httpsPort: config.httpsPort, loadedBy }))
  const tally = new BootTally()
  const startedAt = new Date(now()).toISOString()
  const interfaces: (() => InterfaceCounters)[] = []
  const record = sink.record.bind(sink)
  const app = await buildApp({
    version: VERSION,
    log,
    engine,
    images: { registry, jobs, store },
    importsDir: join(tempDir, 'imports'),
    events: { db, feed: openEventFeed({ db, log, now }) },
    boot: {
      decider: localDecider({ db, artifacts, log }),
      artifacts,
      openSession: (who, decision, overTls) => openBootSession(db, who, decision, overTls),
      siteParameters: (token, base) =>
        siteParametersFor(db, token, base, { httpsOnly: httpsOnly(), now: now(), ca: tls.ca() }),
      httpsOnly,
      autoexec: autoexec('http'),
      macOf,
      gate: gateOf,
      onBinarySent,
      count: (address, name) => tally.count(address, name),
      record,
      now,
    },
    counters: () => ({
      server: { id: serverId, name: hostname, startedAt },
      interfaces: interfaces.map((counters) => counters()),
    }),
    onNetbootChange: reload,
    onRestored: onBroken,
  })
  stack.defer(() => app.close())

  const singlePort = config.tftpSinglePort === 'yes'
  const byTftp = autoexec('tftp')
  const lan = { artifacts, site, gate, gateOf, macOf, chained, autoexec: byTftp, singlePort, record, now, log }
  for (const segment of segments) {
    const { interface: name, address, fds } = segment
    stack.use(await openListener(app, 'open', { fd: fds.http }))
    stack.use(await openListener(app, 'open', { fd: fds.https }, { certificate: tls.inUse }))
    const overTls = () => ({ scriptUrl: urlFor(tlsBaseFor(segment), '/boot.ipxe'), trust: tls.fingerprint() })
    const services = stack.use(await serveSegment({ segment, base: baseFor(segment), tls: overTls }, lan))
    interfaces.push(() => ({ interface: name, address, http: tally.of(address), ...services.counters() }))
  }
  const adminUrl = `http://127.0.0.1:${config.adminPort}`
  stack.use(await openListener(app, 'admin', { host: '127.0.0.1', port: config.adminPort }))
  if (config.adminHttpsPort !== 0) {
    const place = { host: '0.0.0.0', port: config.adminHttpsPort }
    stack.use(await openListener(app, 'admin', place, { certificate: tls.inUse }))
  }
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
      adminHttpsUrl: config.adminHttpsPort === 0 ? null : `https://${addresses[0]}:${config.adminHttpsPort}`,
      caFingerprint: fingerprintText(tls.ca()),
      https: site().https ? config.httpsPort : null,
      firstKey,
      database: database.description,
      microOs: artifacts.microOs(),
      counts: { images: images.items.length, profiles: profiles.items.length },
    }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}
