import {
  type BootSession,
  besideClaim,
  type ClockRecord,
  type Db,
  findBootSessionByToken,
  hashSecret,
  lockClock,
  moveInstants,
  noteAgreement,
  type Registry,
  readClock,
} from '@eims/registry'
import { forgiven, type Glance, judgeClock, jumpBetween } from '@eims/workflow'
import type { Logger } from 'pino'

/**
 * How often it is noted that the clock agreed: another server whose process stood still can tell from it that time did
 * not.
 */
const NOTED_EVERY_MS = 15_000
const DAY_MS = 86_400_000

/** What was read from the database goes by a clock that jumped since the last look: look, and read it again. */
export class ClockJumped extends Error {}

export interface ClockParts {
  registry: Pick<Registry, 'db' | 'transaction'>
  /** begins anew when the clock jumped or this process stood still */
  listening: { since: number | null }
  log: Pick<Logger, 'warn' | 'info'>
  /** milliseconds of a clock that nobody sets */
  monotonic?: () => number
}

/**
 * The database's clock, by which leases and time-outs are measured, held against this process's monotonic one. Where they
 * disagree the first server to see it moves what lapses along, and the others find it done.
 */
export class DatabaseClock {
  readonly #parts: ClockParts
  readonly #monotonic: () => number
  #last: Glance | null = null
  /** that the last look took off what the database's clock said */
  #ahead = 0
  #looking: Promise<ClockRecord> | undefined

  constructor(parts: ClockParts) {
    this.#parts = parts
    this.#monotonic = parts.monotonic ?? (() => performance.now())
  }

  /**
   * Reads something with the database's time in it.
   * @throws ClockJumped when that time does not follow from the last look
   */
  async heed<T extends { now: number }>(read: () => Promise<T>): Promise<T> {
    // As they are now: what is read while another look puts the clock right may be from before.
    const [last, ahead, from] = [this.#last, this.#ahead, this.#monotonic()]
    const found = await read()
    const glance = { at: found.now - ahead, from, to: this.#monotonic() }
    if (last && jumpBetween(last, glance) !== 0) throw new ClockJumped('the clock of the database was set')
    return found
  }

  /** Does some work; where it heeds the clock and that jumped, once more from the beginning when that is put right. */
  async steadily<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ClockJumped)) throw error
      await this.look()
      return work()
    }
  }

  /** Looks whether the clock jumped, and puts that right. @returns the database's time, ms since 1970 */
  async look(): Promise<number> {
    return (await this.#record()).now
  }

  /** Before when something was (ms since 1970, database clock) that is older than so many days by the time that really passed. */
  async daysAgo(days: number): Promise<number> {
    const { now, ahead, jumps } = await this.#record()
    return now - days * DAY_MS - forgiven(jumps, days * DAY_MS, now - ahead)
  }

  #record(): Promise<ClockRecord> {
    this.#looking ??= besideClaim(() => this.#look()).finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #look(): Promise<ClockRecord> {
    const { registry, listening, log } = this.#parts
    const seen = await this.#glance(registry.db)
    if (seen.verdict.kind === 'agrees') {
      const { record, glance } = seen
      if (record.lookedAt === null || glance.at - record.lookedAt > NOTED_EVERY_MS)
        await noteAgreement(registry.db, glance.at)
      if (this.#last && record.ahead !== this.#ahead) listening.since = record.now
      return this.#keep(seen)
    }
    return registry
      .transaction(async (tx) => {
        await lockClock(tx)
        const again = await this.#glance(tx)
        const { record, glance, verdict } = again
        if (verdict.kind === 'jumped') {
          await moveInstants(tx, { at: glance.at - verdict.by, by: verdict.by })
          log.warn(
            { seconds: verdict.by / 1000 },
            'the clock of the database jumped; what was to lapse goes on as before',
          )
          again.record = await readClock(tx)
          again.glance = { ...glance, at: glance.at - verdict.by }
        } else if (verdict.kind === 'slept')
          log.warn({ seconds: verdict.by / 1000 }, 'this process stood still: agents are given time to be heard')
        return { again, since: record.now }
      })
      .then(({ again, since }) => {
        listening.since = since
        return this.#keep(again)
      })
  }

  async #glance(db: Db) {
    const from = this.#monotonic()
    const record = await readClock(db)
    const glance = { at: record.now - record.ahead, from, to: this.#monotonic() }
    // A registry that was just made, or restored, knows of no jumps.
    const before = record.lookedAt === null ? null : this.#last
    return { record, glance, verdict: judgeClock(before, glance, record.lookedAt ?? glance.at) }
  }

  #keep({ record, glance }: { record: ClockRecord; glance: Glance }): ClockRecord {
    this.#last = glance
    this.#ahead = record.ahead
    return record
  }
}

/** The boot session of a token; one that ran out only because the clock jumped has not. */
export async function openSessionOf(
  { clock, registry: { db } }: { clock: DatabaseClock; registry: Pick<Registry, 'db'> },
  token: string,
): Promise<BootSession | null> {
  const session = await findBootSessionByToken(db, hashSecret(token))
  if (!session?.expired) return session
  await clock.look()
  return findBootSessionByToken(db, hashSecret(token))
}
