import type { ServerCounters } from '@eims/contracts'
import { type Look, look as lookAt } from '@eims/image'
import { type Registry as Database, dbNow, type Figure, siteFigures } from '@eims/registry'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { inTime } from '../in-time.ts'
import type { RunTally } from '../run-tally.ts'
import { interfaceGauges, protocolCounters, type Reading, type Sample } from './protocols.ts'
import { siteCounters, siteGauges } from './site.ts'

/** Milliseconds that the database and the disks have for an answer; with the key's it stays below the 2 s promised. */
const PATIENCE_MS = 750
/** Whoever scrapes more often is told the same. */
const FRESH_MS = 1000

/** Where the numbers stand that are told. All functions but `counters` are of this server at this moment. */
export interface MetricSources {
  version: string
  registry: Pick<Database, 'db' | 'pool'>
  counters: () => ServerCounters
  tally: RunTally
  /** folders by the label under which their file system is told */
  disks: Readonly<Record<string, string>>
  /** how full the file system of a folder is; left out: the kernel is asked */
  look?: Look
  /** what waits, by the label under which it is told */
  queues: Readonly<Record<string, () => number>>
  /** events that could not be written since the start */
  unwritten: () => number
  longPolls: () => number
  eventStreams: () => number
  /** milliseconds; any clock that runs on */
  now: () => number
}

interface Asked {
  /** seconds that the registry took for its shortest answer */
  latency: number
  figures: Figure[]
}

interface Snapshot {
  counters: ServerCounters
  /** null: the database does not answer */
  asked: Asked | null
  disks: { disk: string; free: number; size: number }[]
}

/** Gauges of prom-client that are called like counters; the same stands by kind in those without `_total`. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`)

/** Of the process, whoever asks: event loop, memory, garbage collection. */
let ofProcess: Registry | undefined

function processMetrics(): Registry {
  if (ofProcess) return ofProcess
  ofProcess = new Registry()
  collectDefaultMetrics({ register: ofProcess })
  for (const name of MISNAMED) ofProcess.removeSingleMetric(name)
  return ofProcess
}

/** What a monitoring system is told: numbers that are counted elsewhere anyway, read when it asks. */
export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE
  readonly #sources: MetricSources
  readonly #registry: Registry
  #snapshot: Snapshot | undefined
  #takenAt = Number.NEGATIVE_INFINITY
  #taking: Promise<void> | undefined
  #asking: Promise<Asked | null> | undefined
  readonly #looking = new Map<string, Promise<Awaited<ReturnType<Look>> | null>>()

  constructor(sources: MetricSources) {
    this.#sources = sources
    this.#registry = Registry.merge([processMetrics()])
    const { tally } = sources
    for (const each of [tally.runs, tally.actions]) this.#registry.registerMetric(each as never)
    for (const each of protocolCounters) this.#add(Counter, each, ({ counters }) => each.read(counters))
    for (const each of interfaceGauges) this.#add(Gauge, each, ({ counters }) => each.read(counters))
    for (const each of siteGauges) this.#add(Gauge, each, ({ asked }) => (asked ? each.read(asked.figures) : []))
    for (const each of siteCounters) this.#add(Counter, each, ({ asked }) => (asked ? each.read(asked.figures) : []))
    for (const each of this.#ofServer()) this.#add(each.name.endsWith('_total') ? Counter : Gauge, each, each.read)
  }

  /** Everything in Prometheus's text format, version 0.0.4. Within two seconds, with what is known by then. */
  async text(): Promise<string> {
    if (this.#sources.now() - this.#takenAt >= FRESH_MS)
      this.#taking ??= this.#take().finally(() => {
        this.#taking = undefined
      })
    await this.#taking
    return this.#registry.metrics()
  }

  async #take(): Promise<void> {
    const { counters, disks } = this.#sources
    const [asked, ...looked] = await Promise.all([
      this.#ask(),
      ...Object.entries(disks).map(async ([disk, folder]) => {
        const found = await this.#look(folder)
        return found ? [{ disk, ...found }] : []
      }),
    ])
    this.#snapshot = { counters: counters(), asked, disks: looked.flat() }
    this.#takenAt = this.#sources.now()
  }

  /** One look at a time: one at a disk that hangs holds a thread of the few there are. */
  #look(folder: string) {
    const { look = lookAt } = this.#sources
    let looking = this.#looking.get(folder)
    if (!looking) {
      looking = look(folder)
        .catch(() => null)
        .finally(() => this.#looking.delete(folder))
      this.#looking.set(folder, looking)
    }
    return inTime(looking, PATIENCE_MS, null)
  }

  /** One question at a time, however often we are asked: each holds a connection while the database is silent. */
  async #ask(): Promise<Asked | null> {
    const { registry, now } = this.#sources
    this.#asking ??= (async () => {
      const began = now()
      await dbNow(registry.db)
      const latency = (now() - began) / 1000
      return { latency, figures: await siteFigures(registry.db) }
    })()
      .catch(() => null)
      .finally(() => {
        this.#asking = undefined
      })
    return inTime(this.#asking, PATIENCE_MS, null)
  }

  #add(
    Kind: typeof Counter | typeof Gauge,
    { name, help, labels }: Pick<Reading<never>, 'name' | 'help' | 'labels'>,
    read: (snapshot: Snapshot) => Sample[],
  ): void {
    const metric: Counter | Gauge = new Kind({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect: () => {
        metric.reset()
        const samples = this.#snapshot ? read(this.#snapshot) : []
        // Without labels it stands at 0 after a reset, which is not the same as not being known.
        if (samples.length === 0 && labels.length === 0) metric.remove()
        for (const sample of samples) metric.inc(sample.labels, sample.value)
      },
    })
  }

  #ofServer(): Reading<Snapshot>[] {
    const { version, registry, queues, unwritten, longPolls, eventStreams } = this.#sources
    const one = (name: string, help: string, read: (snapshot: Snapshot) => number | null): Reading<Snapshot> => ({
      name,
      help,
      labels: [],
      read: (snapshot) => {
        const value = read(snapshot)
        return value === null ? [] : [{ labels: {}, value }]
      },
    })
    const disk = (what: 'free' | 'size', help: string): Reading<Snapshot> => ({
      name: `eims_disk_${what}_bytes`,
      help,
      labels: ['disk'],
      read: ({ disks }) => disks.map((each) => ({ labels: { disk: each.disk }, value: each[what] })),
    })
    return [
      {
        name: 'eims_build_info',
        help: 'Which eims on which Node; always 1',
        labels: ['version', 'node_version'],
        read: () => [{ labels: { version, node_version: process.version }, value: 1 }],
      },
      {
        name: 'eims_queue_length',
        help: 'What waits: events for the database, requests of machines for their turn',
        labels: ['queue'],
        read: () => Object.entries(queues).map(([queue, length]) => ({ labels: { queue }, value: length() })),
      },
      one('eims_events_dropped_total', 'Events that were given up before they were written', unwritten),
      one('eims_long_polls', 'Agents that wait for something to do', longPolls),
      one('eims_event_streams', 'Clients that follow the events', eventStreams),
      one('eims_database_up', 'Whether the database answers', ({ asked }) => (asked ? 1 : 0)),
      one(
        'eims_database_latency_seconds',
        'What it takes for its shortest answer',
        ({ asked }) => asked?.latency ?? null,
      ),
      {
        name: 'eims_database_connections',
        help: 'Connections to the database by what they do, and what waits for one',
        labels: ['state'],
        read: () => Object.entries(registry.pool()).map(([state, value]) => ({ labels: { state }, value })),
      },
      disk('free', 'Bytes that may still be written, on the disk of the data and on that of the images'),
      disk('size', 'Bytes of that disk'),
    ]
  }
}
