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

interface DeliveryParts {
  registry: Pick<Registry, 'db' | 'transaction'>
  feed: EventFeed
  serverId: string
  /** addresses to which nothing is sent */
  barred: PostWays['barred']
  log: Pick<Logger, 'warn'>
  /** milliseconds until a failed delivery is tried again; left out: the usual */
  retry?: (attempts: number) => number
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
    const { feed, log } = this.#parts
    const seen = { horizon: undefined as bigint | undefined, cursor: 0n }
    let waitsForNews = false
    let failing = false
    using _ = feed.follow((reached) => {
      seen.horizon = reached
      if (waitsForNews) pause.end()
    })
    while (!this.#stop.signal.aborted) {
      let round: Round | null
      try {
        round = await this.#round(id, seen)
        failing = false
      } catch (err) {
        if (!failing) log.warn({ err, webhook: id }, 'webhooks: one could not be served; it is tried again')
        failing = true
        round = { milliseconds: LOOK_AGAIN_MS }
      }
      if (round === null) return
      waitsForNews = round === 'news'
      if (round === 'more') continue
      await pause.wait(round === 'news' ? LOOK_AGAIN_MS : round.milliseconds)
    }
  }

  /** @param seen.cursor what was passed already, written down or not */
  async #round(id: string, seen: { horizon: bigint | undefined; cursor: bigint }): Promise<Round | null> {
    const { registry, serverId } = this.#parts
    const { db } = registry
    const hook = await claimWebhook(db, id, serverId)
    if (!hook) return null
    if (seen.cursor < hook.cursor) seen.cursor = hook.cursor
    const upTo = seen.horizon
    const after = seen.cursor
    if (upTo === undefined || after >= upTo) return 'news'
    const kinds = hook.kinds.length > 0 ? { kinds: hook.kinds } : {}
    const events = await eventsBetween(db, { after, upTo, limit: PAGE }, kinds)
    // Asked after the events: what was dropped while they were read counts.
    const gone = await eventsDroppedTo(db)
    if (gone > after && gone > hook.gapTold) {
      const sent = { id: `dropped_${after}_${gone}`, event: droppedAfter(after, gone, new Date()) }
      const failed = await this.#deliver(hook, sent, { gap: gone })
      return failed ?? 'more'
    }
    for (const event of events) {
      const cursor = BigInt(event.id)
      const failed = await this.#deliver(hook, { id: `event_${event.id}`, event }, { cursor })
      if (failed) return failed
      seen.cursor = cursor
      const now = await claimWebhook(db, id, serverId)
      if (now?.updatedAt.getTime() !== hook.updatedAt.getTime()) return 'more'
    }
    if (events.length === PAGE) return 'more'
    seen.cursor = upTo
    if (upTo - hook.cursor >= PASSED_UNWRITTEN) await moveOn(db, id, upTo)
    return 'news'
  }

  /** Sends it, and writes down how that went. @returns how long to wait before it is tried again; null: it was delivered */
  async #deliver(
    hook: Hook,
    sent: { id: string; event: Event },
    delivered: Parameters<typeof noteDelivered>[2],
  ): Promise<Round | null> {
    const { registry, retry = (attempts) => backOff(attempts, Math.random()) } = this.#parts
    const { signal } = this.#stop
    const outcome = await postEvent(hook, sent, await this.ways(), signal)
    if (outcome.delivered) {
      await noteDelivered(registry.db, hook.id, delivered)
      return null
    }
    // It was we who hung up.
    if (signal.aborted) return 'news'
    const isFinal = outcome.status === 410
    const { attempts } = await registry.transaction((tx) => noteFailed(tx, hook.id, outcome.reason ?? '', isFinal))
    return { milliseconds: retry(Math.max(1, attempts)) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.changed()
    await this.#done
    await Promise.all([...this.#workers.values()].map(({ done }) => done))
  }
}
