import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, BlockList } from 'node:net'
import { join } from 'node:path'
import { type Client, createClient, type Image, ProfileInput, type Role } from '@eims/contracts'
import { type BlobStore, openBlobStore, spaceBeside } from '@eims/image'
import { until, untilWithin } from '@eims/lab'
import {
  createEventSink,
  createImage,
  createKey,
  createProfile,
  type Db,
  finishImage,
  getSite,
  patchSite,
  type Registry,
  siteSigningKey,
} from '@eims/registry'
import { strictest } from '@eims/workflow'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { openArtifacts } from '../../src/artifacts.ts'
import { generatedFor } from '../../src/boot/generated.ts'
import { BootTally } from '../../src/boot/tally.ts'
import { localBoot } from '../../src/engine/boot.ts'
import { DatabaseClock } from '../../src/engine/clock.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { Retention } from '../../src/engine/retention.ts'
import { NodeWaits } from '../../src/engine/waits.ts'
import { type EventFeed, openEventFeed } from '../../src/events/feed.ts'
import { LEASE } from '../../src/http/agent.ts'
import { ATTEMPT_LIMITS, type AttemptLimits } from '../../src/http/attempts.ts'
import type { EventRoutes } from '../../src/http/events.ts'
import type { DoorLimits } from '../../src/http/front-door.ts'
import { namedImages } from '../../src/images/fetch-named.ts'
import { createImageJobs, type ImageJobs } from '../../src/images/jobs.ts'
import { Siblings } from '../../src/images/siblings.ts'
import { openUploads } from '../../src/images/uploads.ts'
import { type Limits, openListener } from '../../src/listen/http.ts'
import type { NetbootGate } from '../../src/netboot/gate.ts'
import { loadSite, watchSite } from '../../src/netboot/site-snapshot.ts'
import { RunTally } from '../../src/run-tally.ts'
import type { CertificateInUse } from '../../src/tls/keeper.ts'
import { Deliveries } from '../../src/webhooks/deliveries.ts'
import { temporaryFolder } from './databases.ts'

/** The service without its sockets of the LAN: real parts over one database. */
export interface Site {
  app: FastifyInstance
  engine: Engine
  db: Db
  gate: NetbootGate
  /** whose address is whose, as the kernel would know it */
  neighbours: Map<string, string>
  /** MACs of machines that were seen to refuse iPXE */
  refusedIpxe: Set<string>
  /** data directory; images/, blobs/ and temp/ are below it */
  dataDir: string
  store: BlobStore
  jobs: ImageJobs
  deliveries: Deliveries
  /** base URL of the machines' listener */
  open: string
  /** base URL of the administrator's */
  admin: string
  keys: Record<Role, string>
  feed: EventFeed
  /** the administrator's client */
  api: Client
  client(baseUrl: string, token?: string): Client
  /** one more listener; closed with the test */
  listen(
    kind: 'open' | 'admin',
    host?: string,
    limits?: Partial<Limits>,
    certificate?: CertificateInUse,
  ): Promise<string>
}

export async function openSite(
  t: Test,
  registry: Registry,
  serverId = 'server-1',
  more: {
    events?: Partial<EventRoutes>
    attempts?: AttemptLimits
    door?: DoorLimits
    barred?: BlockList
    dataDir?: string
    /** where a built dashboard is; left out: there is none */
    dashboard?: string
    keepFree?: number
    retry?: (attempts: number) => number
    /** runs wait for images that neither it nor another server has */
    siblings?: { monotonic?: () => number }
  } = {},
): Promise<Site> {
  const { db } = registry
  const dataDir = more.dataDir ?? (await temporaryFolder(t))
  const artifactsDir = join(dataDir, 'artifacts')
  mkdirSync(join(artifactsDir, 'x86_64'), { recursive: true })
  writeFileSync(join(artifactsDir, 'x86_64/vmlinuz'), 'a kernel')
  writeFileSync(join(artifactsDir, 'x86_64/initrd.zst'), 'an initrd')
  const log = pino({ level: 'silent' })
  const store = await openBlobStore(dataDir)
  const now = () => Date.now()
  const space = spaceBeside(more.keepFree ?? null)
  const jobs = createImageJobs({
    db,
    store,
    tempDir: join(dataDir, 'temp'),
    imageFolders: [dataDir, t.testdirName],
    space,
    serverId,
    now,
    log,
  })
  const named = namedImages({ db, jobs, barred: more.barred ?? new BlockList(), log })
  const siblings = more.siblings ? new Siblings({ db, store, space, serverId, log, ...more.siblings }) : undefined
  const uploads = await openUploads({ directory: join(dataDir, 'temp/uploads'), space, jobs, now, log })
  const sink = createEventSink({ db, now })
  const artifacts = openArtifacts(artifactsDir)
  const snapshot = await watchSite({ load: () => loadSite(db), log })
  const httpsOnly = () => snapshot.site().https && snapshot.site().plainHttp === 'refused'
  const key = await siteSigningKey(db)
  const listening: Engine['listening'] = { since: 0 }
  const engine: Engine = {
    registry,
    siteId: snapshot.site().id,
    sink,
    waits: new NodeWaits(),
    signingKey: async () => key,
    httpsOnly,
    listening,
    clock: new DatabaseClock({ registry, listening, log }),
    tally: new RunTally(),
    fetchImages: (wanted) => named.fetch(wanted),
    reach: async (manifestSha256) => siblings?.reach(manifestSha256) ?? null,
    log,
  }
  const { gate } = snapshot
  const daysAgo = (days: number) => engine.clock.daysAgo(days)
  const retention = new Retention({ registry, site: snapshot.site, unwritten: () => sink.dropped, now, daysAgo })
  const neighbours = new Map<string, string>()
  const refusedIpxe = new Set<string>()
  const tally = new BootTally()
  const feed = more.events?.feed ?? openEventFeed({ db, log, now, every: 50 })
  const deliveries = new Deliveries({
    registry,
    feed,
    serverId,
    // Receivers of tests are on loopback.
    barred: more.barred ?? new BlockList(),
    log,
    ...(more.retry ? { retry: more.retry } : {}),
  })
  const app = await buildApp({
    version: '0.1.0',
    log,
    engine,
    // The file servers of tests are on loopback.
    images: {
      registry,
      jobs,
      uploads,
      store,
      named,
      barred: more.barred ?? new BlockList(),
      ...(siblings ? { siblings } : {}),
    },
    hosts: { certificate: () => '', further: () => snapshot.site().adminHosts },
    dashboard: more.dashboard ?? join(artifactsDir, 'web'),
    dataDir,
    importsDir: join(dataDir, 'temp/imports'),
    space,
    events: { db, ...more.events, feed },
    deliveries,
    ...(more.door ? { door: more.door } : {}),
    attempts: more.attempts ?? { ...ATTEMPT_LIMITS, free: 1e6, refused: 1e6 },
    boot: {
      decider: localBoot({
        engine,
        site: snapshot.site,
        gate: (mac, address) => strictest(gate.of(mac), gate.of(neighbours.get(address) ?? null)),
        lease: LEASE,
        now,
        patience: 1500,
      }),
      artifacts,
      generated: generatedFor({ site: () => snapshot.site(), httpsPort: 7443 }, 'http'),
      macOf: (address) => neighbours.get(address) ?? null,
      onBinarySent: () => {},
      cameAfterRefusal: (mac) => refusedIpxe.has(mac),
      now,
      count: (address, name) => tally.count(address, name),
    },
    counters: () => ({
      server: { id: serverId, name: 'bench', startedAt: '2026-11-20T10:00:00.000Z' },
      interfaces: [
        {
          interface: 'lo',
          address: '127.0.0.1',
          formerAddresses: [],
          url: 'http://127.0.0.1:7480',
          away: null,
          dhcp: {},
          tftp: {},
          http: tally.of(['127.0.0.1']),
          heardServers: [],
        },
      ],
    }),
    stored: () => retention.stored(),
    onNetbootChange: snapshot.reload,
    onRestored: () => {},
    now,
  })
  const listen: Site['listen'] = async (kind, host = '127.0.0.1', limits, certificate) => {
    const listener = await openListener(
      app,
      kind,
      { host, port: 0 },
      { limits, ...(certificate ? { certificate } : {}) },
    )
    t.teardown(() => closed(`the ${kind} listener`, listener[Symbol.asyncDispose]()))
    return `${certificate ? 'https' : 'http'}://${host}:${(listener.server.address() as AddressInfo).port}`
  }
  t.teardown(async () => {
    await closed('deliveries', deliveries[Symbol.asyncDispose]())
    await closed('app', app.close())
    await closed('snapshot', snapshot[Symbol.asyncDispose]())
    await closed('uploads', uploads[Symbol.asyncDispose]())
    await closed('image jobs', jobs[Symbol.asyncDispose]())
    await closed('sink', sink.close()).catch(() => {})
  })
  const keyOf = async (role: Role) => (await createKey(db, { name: role, role })).key
  const keys = {
    board: await keyOf('board'),
    viewer: await keyOf('viewer'),
    operator: await keyOf('operator'),
    admin: await keyOf('admin'),
  }
  const [open, admin] = [await listen('open'), await listen('admin')]
  const client = (baseUrl: string, token?: string) => createClient({ baseUrl, ...(token ? { token } : {}) })
  return {
    app,
    engine,
    db,
    gate,
    neighbours,
    refusedIpxe,
    dataDir,
    store,
    jobs,
    deliveries,
    open,
    admin,
    keys,
    feed,
    client,
    listen,
    api: client(admin, keys.admin),
  }
}

/** Milliseconds that something has to close. */
const CLOSES_IN = 30_000

/** Waits until something is closed, and no longer. @throws Error that names it */
export const closed = (what: string, closing: PromiseLike<unknown>): Promise<true> =>
  untilWithin(
    () => `${what} to be closed`,
    CLOSES_IN,
    async () => {
      await closing
      return true as const
    },
  )

export const DIGEST = 'a'.repeat(64)

/** A profile whose image is ready, though no blob of it exists. */
export async function addProfile(db: Db, name = 'debian', more: Partial<ProfileInput> = {}) {
  const image = await createImage(db, {
    name: `${name}-image`,
    architecture: more.architecture ?? 'x86_64',
    format: 'raw',
  })
  await finishImage(db, image.id, {
    sourceSha256: DIGEST,
    rawSha256: DIGEST,
    manifestSha256: DIGEST,
    rawSize: 4096,
    frameCount: 1,
    storedSize: 100,
  })
  return createProfile(db, (await getSite(db)).id, ProfileInput.parse({ name, image: image.name, ...more }))
}

/** The same, and every machine of the site gets it. */
export async function addDefaultProfile(db: Db, name = 'debian', more: Partial<ProfileInput> = {}) {
  const profile = await addProfile(db, name, more)
  await patchSite(db, { defaultProfile: name })
  return profile
}

/** Rows by table: what a refused request must leave as it was; but for the history of imports, which tells of refused ones too. */
export async function rowCounts({ db, engine }: Pick<Site, 'db' | 'engine'>): Promise<Record<string, number>> {
  await engine.sink.flush()
  const tables = await db.$queryRaw<{ name: string; rows: number }[]>`
    select relname as name,
           (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I', relname), false, true, '')))[1]::text::int as rows
      from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'import' order by relname`
  return Object.fromEntries(tables.map(({ name, rows }) => [name, rows]))
}

/** The image when its conversion has ended, one way or the other. */
export const settled = ({ api }: Pick<Site, 'api'>, id: string): Promise<Image> =>
  until(async () => {
    const image = await api('getImage', { params: { id } })
    return image.state !== 'converting' && image
  })

/** From now on an agent that waits is answered when somebody wakes it, and never because time went by. */
export function onlyWoken({ engine: { waits } }: Site): void {
  const wait = waits.wait.bind(waits)
  waits.wait = (nodeId, milliseconds, signal) => wait(nodeId, milliseconds && 2 ** 31 - 1, signal)
}
