import type { Event } from '@eims/contracts'
import {
  claimWebhook,
  eventsBetween,
  eventsDroppedTo,
  getSite,
  type Hook,
  moveOn,
  noteDelivered,
  noteFailed,
  type Registry,
  siteCaCertificate,
  webhooksToServe,
} from '@eims/registry'
import type { Logger } from 'pino'
import type { EventFeed } from '../events/feed.ts'
import { droppedAfter } from '../events/message.ts'
import { backOff } from './back-off.ts'
import { Pause } from './pause.ts'
import { type PostWays, postEvent } from './post.ts'

/** Events read at once: what is in memory for one webhook. */
const PAGE = 50
/** Another server may have been told of a webhook, or have left one to us. */
const LOOK_AGAIN_MS = 10_000
/** Events that were none of its kinds are passed in memory, and written down after so many. */
const PASSED_UNWRITTEN = 1000n
/** or after so long */
const PASSED_UNWRITTEN_MS = 600_000

interface DeliveryParts {
  registry: Pick<Registry, 'db' | 'transaction'>
  feed: EventFeed
  serverId: string
  /** addresses to which nothing is sent */
  barred: PostWays['barred']
  log: Pick<Logger, 'warn'>
  /** milliseconds until a failed delivery is tried again; left out: the usual */
  retry?: (attempts: number) => number
  /** milliseconds; any clock that runs on; left out: the process's */
  now?: () => number
}

/** What is in memory of one webhook while it is served. */
interface Seen {
  /** up to which id events may be read */
  horizon: bigint | undefined
  /** what was delivered or passed, */
  cursor: bigint
  /** and how much of that is written down */
  written: bigint
  /** when the first was passed that is not */
  passedAt: number | null
  /** when a person changed it last; milliseconds since 1970 */
  updatedAt: number | null
}

/** What one round came to: go on at once, wait for news, or wait so long whatever comes. */
type Round = 'more' | 'news' | { milliseconds: number }

/**
 * Tells webhooks what happens, each by itself and in order: one request at a time, and the next page of events is read
 * when the last one was delivered. How far each is stands in the registry, so a restart goes on there; an event whose
 * delivery was not noted any more is sent once more.
 */
export class Deliveries implements AsyncDisposable {
  readonly #parts: DeliveryParts
  readonly #stop = new AbortController()
  readonly #change = new Pause()
  readonly #workers = new Map<string, { pause: Pause; done: Promise<void> }>()
  readonly #done: Promise<void>

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    this.#done = this.#manage()
  }

  /** A webhook was added, changed or removed, and that is committed. */
  changed(): void {
    this.#change.end()
    for (const { pause } of this.#workers.values()) pause.end()
  }

  /** How requests reach receivers: as the site's machines reach the world, trusting the site's CAs besides the system's. */
  async ways(): Promise<PostWays> {
    const { registry, barred } = this.#parts
    const [{ httpProxy, noProxy, orchestratorCa }, ca] = await Promise.all([
      getSite(registry.db),
      siteCaCertificate(registry.db),
    ])
    const trusted = [ca, orchestratorCa].filter((pem) => typeof pem === 'string')
    return { httpProxy, noProxy, caCertificate: trusted.length > 0 ? trusted.join('\n') : null, barred }
  }

  async #manage(): Promise<void> {
    const { registry, log } = this.#parts
    let failing = false
    while (!this.#stop.signal.aborted) {
      try {
        for (const id of await webhooksToServe(registry.db)) {
          if (this.#workers.has(id)) continue
          const pause = new Pause()
          const done = this.#serve(id, pause).finally(() => this.#workers.delete(id))
          this.#workers.set(id, { pause, done })
        }
        failing = false
      } catch (err) {
        if (!failing) log.warn({ err }, 'webhooks: the registry cannot be asked; it is tried again')
        failing = true
      }
      await this.#change.wait(LOOK_AGAIN_MS)
    }
  }

  /** Until the webhook is disabled, gone or another server's. */
  async #serve(id: string, pause: Pause): Promise<void> {
    const { registry, feed, log } = this.#parts
    const seen: Seen = { horizon: undefined, cursor: 0n, written: 0n, passedAt: null, updatedAt: null }
    let waitsForNews = false
    let failing = false
    using _ = feed.follow((reached) => {
      seen.horizon = reached
      if (waitsForNews) pause.end()
    })
    while (!this.#stop.signal.aborted) {
      const upTo = seen.horizon
      let round: Round | null
      waitsForNews = false
      try {
        round = await this.#round(id, seen, upTo)
        failing = false
      } catch (err) {
        if (!failing) log.warn({ err, webhook: id }, 'webhooks: one could not be served; it is tried again')
        failing = true
        round = { milliseconds: LOOK_AGAIN_MS }
      }
      if (round === null) break
      // What came while nobody listened.
      if (round === 'more' || (round === 'news' && seen.horizon !== upTo)) continue
      waitsForNews = round === 'news'
      await pause.wait(round === 'news' ? LOOK_AGAIN_MS : Math.min(LOOK_AGAIN_MS, round.milliseconds))
    }
    // Whoever goes on passes them once more when this fails.
    if (seen.cursor > seen.written) await moveOn(registry.db, id, seen.cursor).catch(() => {})
  }

  async #round(id: string, seen: Seen, upTo: bigint | undefined): Promise<Round | null> {
    const { registry, serverId } = this.#parts
    const { db } = registry
    let hook = await claimWebhook(db, id, serverId)
    if (!hook) return null
    if (seen.cursor < hook.cursor) seen.cursor = hook.cursor
    seen.written = hook.cursor
    await this.#writePassed(hook, seen)
    if (hook.waits > 0) return { milliseconds: hook.waits }
    const after = seen.cursor
    if (upTo === undefined || after >= upTo) return 'news'
    const kinds = hook.kinds.length > 0 ? { kinds: hook.kinds } : {}
    const events = await eventsBetween(db, { after, upTo, limit: PAGE }, kinds)
    // Asked after the events: what was dropped while they were read counts.
    const gone = await eventsDroppedTo(db)
    const isGap = gone > after && gone > hook.gapTold
    if (isGap || events.length > 0) {
      const ways = await this.ways()
      if (isGap) {
        const sent = { id: `dropped_${after}_${gone}`, event: droppedAfter(after, gone, new Date()) }
        return (await this.#deliver(hook, sent, ways, { gap: gone })) ?? 'more'
      }
      for (const event of events) {
        const cursor = BigInt(event.id)
        // A registry that was restored elsewhere gives ids out again.
        const sent = { id: `event_${event.id}_${Date.parse(event.at)}`, event }
        const failed = await this.#deliver(hook, sent, ways, { cursor })
        if (failed) return failed
        seen.cursor = seen.written = cursor
        const now = await claimWebhook(db, id, serverId)
        if (now?.updatedAt.getTime() !== hook.updatedAt.getTime()) return 'more'
        hook = now
      }
      if (events.length === PAGE) return 'more'
    }
    seen.cursor = upTo
    await this.#writePassed(hook, seen)
    return 'news'
  }

  /** Writes down what was passed, when it is much or long ago, or when what is passed changes. */
  async #writePassed({ id, updatedAt }: Hook, seen: Seen): Promise<void> {
    const { registry, now = () => performance.now() } = this.#parts
    const changed = seen.updatedAt !== null && seen.updatedAt !== updatedAt.getTime()
    seen.updatedAt = updatedAt.getTime()
    if (seen.cursor <= seen.written) seen.passedAt = null
    else {
      seen.passedAt ??= now()
      const isDue = seen.cursor - seen.written >= PASSED_UNWRITTEN || now() - seen.passedAt >= PASSED_UNWRITTEN_MS
      if (!isDue && !changed) return
      await moveOn(registry.db, id, seen.cursor)
      seen.written = seen.cursor
      seen.passedAt = null
    }
  }

  /** Sends it, and writes down how that went. @returns what is next after a failure; null: it was delivered */
  async #deliver(
    hook: Hook,
    sent: { id: string; event: Event },
    ways: PostWays,
    delivered: Parameters<typeof noteDelivered>[2],
  ): Promise<Round | null> {
    const { registry, retry = (attempts) => backOff(attempts, Math.random()) } = this.#parts
    const { signal } = this.#stop
    const outcome = await postEvent(hook, sent, ways, signal)
    if (outcome.delivered) {
      await noteDelivered(registry.db, hook.id, delivered)
      return null
    }
    // It was we who hung up.
    if (signal.aborted) return 'news'
    const what = { why: outcome.reason ?? '', isFinal: outcome.status === 410, waits: retry(hook.attempts + 1) }
    await registry.transaction((tx) => noteFailed(tx, hook, what))
    return 'more'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.changed()
    await this.#done
    await Promise.all([...this.#workers.values()].map(({ done }) => done))
  }
}
