import { KeptKind, type Site, type Stored } from '@eims/contracts'
import {
  claimSweep,
  countUnregistered,
  type Db,
  type Dropped,
  dropImports,
  dropOldSightings,
  dropUndoData,
  type Measured,
  measure,
  noteDropped,
  type Pressure,
  type Registry,
  type Swept,
  shortenTimelines,
  sweepRecord,
  sweepStretch,
} from '@eims/registry'
import type { Logger } from 'pino'
import { again } from '../again.ts'

/** Between two looks while a cycle is on; each look is a few short transactions. */
const BUSY_MS = 2000
/** From the end of a cycle to the next one. */
const CYCLE_MS = 600_000
const SIGHTINGS_MS = 60_000
const SIGHTINGS_DAYS = 7
/** For so long an import can be undone. */
const UNDO_DAYS = 30
/** From the start on: time to set other bounds after an update, before anything goes by these. */
const FIRST_MS = 600_000
const MEASURED_MS = 60_000
/** A little more than the excess is dropped, so that the next event does not start it again. */
const DOWN_TO = 0.95

interface RetentionParts {
  registry: Pick<Registry, 'db' | 'transaction'>
  site: () => Pick<Site, 'retention' | 'unregisteredLimit'>
  /** events that this server could not write since it started */
  unwritten: () => number
  /** milliseconds since 1970 */
  now: () => number
  /** before when something was that is so many days old by the time that really passed; ms since 1970, database clock */
  daysAgo: (days: number) => Promise<number>
}

/** One walk through a table. */
interface Cycle {
  cursor: string | null
  pressure: Pressure
  /** bytes that are too much yet */
  tooMuch: number
}

/** What is walked through besides: nothing of it is too much. */
type Walked = KeptKind | 'timelines' | 'undo' | 'imports'

/**
 * Drops what is too old or too much, in short transactions that wait for nobody and hold up nobody: table by table, a
 * stretch at a look, and from the beginning again some minutes after the end.
 */
export class Retention {
  readonly #parts: RetentionParts
  readonly #cycles = new Map<Walked, Cycle>()
  /** when the next one begins */
  readonly #due = new Map<Walked | 'sightings', number>()
  #measured: { at: number; of: Promise<Record<KeptKind, Measured>> } | undefined

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  /** One look at whatever is due. @returns whether a cycle is on, so that the next look should come soon */
  async look(): Promise<boolean> {
    await this.#sightings()
    for (const kind of KeptKind.options) await this.#stretch(kind)
    await this.#walk('timelines', 'events', (tx, cursor) => shortenTimelines(tx, cursor))
    await this.#walk('undo', 'undo', async (tx) => dropUndoData(tx, await this.#parts.daysAgo(UNDO_DAYS)))
    const { days } = this.#parts.site().retention.audit
    await this.#walk('imports', 'imports', async (tx) => dropImports(tx, await this.#parts.daysAgo(days)))
    return this.#cycles.size > 0
  }

  /** What the registry holds and what was dropped; measured once a minute at most. */
  async stored(): Promise<Stored> {
    const { registry, site, unwritten } = this.#parts
    const { retention, unregisteredLimit: limit } = site()
    const [{ at, sizes }, count, record] = await Promise.all([
      this.#sizes(MEASURED_MS),
      countUnregistered(registry.db),
      sweepRecord(registry.db),
    ])
    const { sweptAt, dropped, logLines } = record
    const kinds = KeptKind.options.map((kind) => {
      const { days, megabytes } = retention[kind]
      return [kind, { ...sizes[kind], limit: { bytes: megabytes * 1e6, days } }] as const
    })
    return {
      measuredAt: new Date(at).toISOString(),
      sweptAt: sweptAt === null ? null : new Date(sweptAt).toISOString(),
      kinds: Object.fromEntries(kinds) as Stored['kinds'],
      unregistered: { count, limit },
      dropped: { ...dropped, logLines, unwritten: unwritten() },
    }
  }

  async #sizes(maxAge: number): Promise<{ at: number; sizes: Record<KeptKind, Measured> }> {
    const { registry, now } = this.#parts
    if (!this.#measured || now() - this.#measured.at > maxAge) {
      const measuring = { at: now(), of: measure(registry.db) }
      this.#measured = measuring
      measuring.of.catch(() => {
        if (this.#measured === measuring) this.#measured = undefined
      })
    }
    const { at, of } = this.#measured
    return { at, sizes: await of }
  }

  async #stretch(kind: KeptKind): Promise<void> {
    const { days, megabytes } = this.#parts.site().retention[kind]
    const cycle = await this.#cycleOf(kind, async () => {
      const { bytes } = (await this.#sizes(0)).sizes[kind]
      const limit = megabytes * 1e6
      const tooMuch = bytes > limit ? bytes - DOWN_TO * limit : 0
      return { cursor: null, tooMuch, pressure: tooMuch > 0 ? 1 : 0 }
    })
    if (!cycle) return
    const { cursor, pressure } = cycle
    const before = await this.#parts.daysAgo(days)
    const swept = await this.#alone((tx) => sweepStretch(tx, kind, { cursor, before, pressure }), kind)
    if (!swept) return
    cycle.cursor = swept.cursor
    cycle.tooMuch = Math.max(0, cycle.tooMuch - swept.bytes)
    if (cycle.tooMuch === 0) cycle.pressure = 0
    if (cycle.cursor !== null) return
    if (cycle.pressure === 1) cycle.pressure = 2
    else this.#end(kind)
  }

  /** @param as what its rows count as */
  async #walk(what: Walked, as: string, sweep: (tx: Db, cursor: string | null) => Promise<Swept>): Promise<void> {
    const cycle = await this.#cycleOf(what, async () => ({ cursor: null, tooMuch: 0, pressure: 0 }))
    if (!cycle) return
    const swept = await this.#alone((tx) => sweep(tx, cycle.cursor), as)
    if (!swept) return
    cycle.cursor = swept.cursor
    if (cycle.cursor === null) this.#end(what)
  }

  async #sightings(): Promise<void> {
    if (!this.#isDue('sightings')) return
    this.#due.set('sightings', this.#parts.now() + SIGHTINGS_MS)
    const before = await this.#parts.daysAgo(SIGHTINGS_DAYS)
    await this.#alone(
      async (tx) => ({ cursor: null, bytes: 0, ...(await dropOldSightings(tx, { before })) }),
      'sightings',
    )
  }

  #isDue(what: Walked | 'sightings'): boolean {
    const left = (this.#due.get(what) ?? 0) - this.#parts.now()
    // Further off than it ever was set: the clock was set back.
    return left <= 0 || left > CYCLE_MS
  }

  async #cycleOf(what: Walked, begin: () => Promise<Cycle>): Promise<Cycle | undefined> {
    const on = this.#cycles.get(what)
    if (on || !this.#isDue(what)) return on
    const cycle = await begin()
    this.#cycles.set(what, cycle)
    return cycle
  }

  #end(what: Walked): void {
    this.#cycles.delete(what)
    this.#due.set(what, this.#parts.now() + CYCLE_MS)
  }

  /** In a transaction of its own, with what it dropped on record. @returns null while another server sweeps */
  #alone(sweep: (tx: Db) => Promise<Swept>, what: string): Promise<Swept | null> {
    return this.#parts.registry.transaction(async (tx) => {
      if (!(await claimSweep(tx))) return null
      const swept = await sweep(tx)
      const dropped: Dropped = swept.rows > 0 ? { [what]: swept.rows } : {}
      const eventsUpTo = what === 'events' || what === 'sightings' ? swept.upTo : 0n
      await noteDropped(tx, dropped, { eventsUpTo, swept: true })
      return swept
    })
  }
}

/** Looks again and again until it is disposed of; what fails is tried again. */
export function startRetention(retention: Retention, log: Logger): AsyncDisposable {
  return again(async () => {
    try {
      return (await retention.look()) ? BUSY_MS : SIGHTINGS_MS
    } catch (error) {
      log.warn({ err: error }, 'retention: the registry cannot be swept; it is tried again')
      return SIGHTINGS_MS
    }
  }, FIRST_MS)
}
