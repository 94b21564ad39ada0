import { createHash } from 'node:crypto'
import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, get as httpsGet } from 'node:https'
import { ImageManifest, ProblemError, type Reason } from '@eims/contracts'
import type { BlobStore, Space } from '@eims/image'
import { type Db, getSite, liveServers, siteCaCertificate } from '@eims/registry'
import type { Logger } from 'pino'
import { ALIVE_SECONDS } from '../heartbeat.ts'
import { NewestMap } from '../newest-map.ts'
import { neededBlobs } from './housekeeping.ts'

/** Header of a request between servers: whoever gets it answers out of its own store and asks nobody further. */
export const AMONG_SERVERS = 'eims-among-servers'

/** Bytes: a frame of 4 MiB that does not compress is below this, and a manifest of a million frames below that. */
const MOST = { chunk: 8 * 1024 * 1024, manifest: 320 * 1024 * 1024 }
/** So many blobs are fetched at once; who asks for one more comes again. */
const AT_ONCE = 32
/** Of a site with more servers, or servers with more addresses, the first. */
const SERVERS = 8
const URLS = 4
/**
 * Milliseconds: who does not begin to answer, or falls silent, is away, and not asked again for a while. A look for who has
 * something ends after all of them together, and the next look begins with those that were not asked.
 */
const ANSWER_MS = 2000
const SILENCE_MS = 5000
const LOOK_MS = 5000
const AWAY_MS = 30_000
/** Milliseconds for which it stays so who is there, what is named, and that an image can be had. */
const KNOWN_MS = 5000
const REACHED_MS = 60_000

/** What came of asking for a blob: its bytes; or that nobody has it, though an image needs it (`away` says which), or none does. */
export type Taken = { bytes: Buffer } | { bytes: null; away: Away | null }
type Away = Extract<Reason, { code: 'image-away' }>

interface SiblingParts {
  db: Db
  store: BlobStore
  space: Space
  serverId: string
  /** milliseconds of a clock that nobody sets */
  monotonic?: () => number
  log: Pick<Logger, 'info' | 'warn'>
}

interface Named {
  at: number
  blobs: ReadonlySet<string>
  manifests: ReadonlyMap<string, string>
}

/**
 * The other servers on this database, as far as this one lacks pieces of images that they have. What is taken is verified by
 * its digest, and kept where the disk has room. Asked for is only what an image or an open run needs.
 */
export class Siblings {
  readonly #parts: SiblingParts
  readonly #now: () => number
  readonly #flights = new Map<string, Promise<Taken>>()
  readonly #away = new NewestMap<string, number>(64)
  readonly #reached = new NewestMap<string, number>(256)
  readonly #reaching = new Map<string, Promise<Away | null>>()
  readonly #plain = new HttpAgent({ keepAlive: true })
  #servers: { at: number; list: { name: string; urls: string[] }[] } | null = null
  #named: Promise<Named> | null = null
  #secure: { ca: string | null; agent: HttpsAgent } | null = null

  constructor(parts: SiblingParts) {
    this.#parts = parts
    this.#now = parts.monotonic ?? (() => performance.now())
  }

  /**
   * A blob that is not here. Several that ask for the same one wait for one answer.
   * @throws ProblemError busy when so many are fetched that there is no room for this one
   */
  async take(digest: string): Promise<Taken> {
    const look = AbortSignal.timeout(LOOK_MS)
    const named = await this.#whatIsNamed(look)
    if (!named.blobs.has(digest) && !named.manifests.has(digest)) return { bytes: null, away: null }
    return this.#taken(digest, named.manifests, look)
  }

  /**
   * Whether an image can be had: all of it lies here, or what is lacking can be taken from another server, or machines have
   * mirrors. @returns the reason why it cannot; null: it can
   * @throws ProblemError busy when so many pieces are fetched that there is no room for one of it
   */
  async reach(manifestSha256: string): Promise<Away | null> {
    const known = this.#reached.get(manifestSha256)
    if (known !== undefined && this.#now() - known < REACHED_MS) return null
    const before = this.#reaching.get(manifestSha256)
    if (before) return before
    const looking = this.#reach(manifestSha256).finally(() => this.#reaching.delete(manifestSha256))
    this.#reaching.set(manifestSha256, looking)
    return looking
  }

  async #reach(manifestSha256: string): Promise<Away | null> {
    const { db, store } = this.#parts
    const lacking = await this.#lacking(manifestSha256)
    if (lacking !== null) {
      const look = AbortSignal.timeout(LOOK_MS)
      const { manifests } = await this.#whatIsNamed(look)
      const taken = await this.#taken(lacking, manifests, look, manifestSha256)
      // With the manifest here it shows what else is lacking.
      const next = taken.bytes && lacking === manifestSha256 ? await this.#lacking(manifestSha256) : null
      const last = next === null ? taken : await this.#taken(next, manifests, look, manifestSha256)
      if (!last.bytes && (await getSite(db)).mirrors.length === 0) return last.away
      if (!last.bytes || !(await store.has(manifestSha256))) return null
    }
    this.#reached.set(manifestSha256, this.#now())
    return null
  }

  /** A piece of the image that is not here: its manifest, else the first chunk; null: all of it is. */
  async #lacking(manifestSha256: string): Promise<string | null> {
    const { store } = this.#parts
    if (!(await store.has(manifestSha256))) return manifestSha256
    const { frames } = ImageManifest.parse(JSON.parse((await store.read(manifestSha256)).toString('utf8')))
    for (const { sha256 } of frames) if (!(await store.has(sha256))) return sha256
    return null
  }

  async #taken(digest: string, manifests: Named['manifests'], look: AbortSignal, image = digest): Promise<Taken> {
    const flying = this.#flights.get(digest)
    if (flying) return flying
    const away = (servers: string[]): Taken => ({
      bytes: null,
      away: { code: 'image-away', slots: { image: manifests.get(image) ?? image, servers } },
    })
    if (this.#flights.size >= AT_ONCE)
      throw new ProblemError(
        'busy',
        'so many pieces of images are fetched from other servers that this one has to wait',
      )
    const flight = this.#fromAny(digest, manifests.has(digest) ? MOST.manifest : MOST.chunk, look)
      .then(({ bytes, asked }) => (bytes ? { bytes } : away(asked)))
      .finally(() => this.#flights.delete(digest))
    this.#flights.set(digest, flight)
    return flight
  }

  async #fromAny(digest: string, most: number, look: AbortSignal): Promise<{ bytes: Buffer | null; asked: string[] }> {
    const { store, space, log } = this.#parts
    const servers = await this.#others()
    for (const { name, urls } of servers) {
      for (const url of urls) {
        const since = this.#away.get(url)
        if (look.aborted || (since !== undefined && this.#now() - since < AWAY_MS)) continue
        const bytes = await this.#ask(url, digest, most, look).catch((err: unknown) => {
          if (look.aborted) return
          this.#away.set(url, this.#now())
          log.warn({ err, server: name, url }, 'another server could not be asked for a piece of an image')
        })
        if (bytes === undefined) continue
        if (bytes && createHash('sha256').update(bytes).digest('hex') === digest) {
          const keep = space.require(store.directory, bytes.length, 'an image of another server')
          await keep.then(() => store.put(bytes, digest)).catch(unlessFull)
          return { bytes, asked: [] }
        }
        if (bytes) log.warn({ server: name, digest }, 'another server sent a damaged piece of an image')
        // It has been asked; at its other addresses it would say the same.
        break
      }
    }
    return { bytes: null, asked: servers.map(({ name }) => name) }
  }

  async #others(): Promise<{ name: string; urls: string[] }[]> {
    const { db, serverId } = this.#parts
    if (!this.#servers || this.#now() - this.#servers.at >= KNOWN_MS) {
      const live = await liveServers(db, ALIVE_SECONDS)
      const list = live.filter(({ id }) => id !== serverId).slice(0, SERVERS)
      this.#servers = { at: this.#now(), list: list.map(({ name, urls }) => ({ name, urls: urls.slice(0, URLS) })) }
    }
    return this.#servers.list
  }

  async #whatIsNamed(look: AbortSignal): Promise<Named> {
    const known = this.#named
    if (known && this.#now() - (await known).at < KNOWN_MS) return known
    if (this.#named === known) this.#named = this.#lookUpNames(look)
    return this.#named!.catch((error: unknown) => {
      this.#named = null
      throw error
    })
  }

  /** Chunks are named by manifests: those that are not here are taken first. */
  async #lookUpNames(look: AbortSignal): Promise<Named> {
    const { db, store } = this.#parts
    let needed = await neededBlobs(db, store)
    let isNew = false
    for (const manifest of needed.missing) {
      if (look.aborted || this.#flights.size >= AT_ONCE) break
      const { bytes } = await this.#taken(manifest, needed.manifests, look)
      isNew ||= bytes !== null
    }
    if (isNew) needed = await neededBlobs(db, store)
    return { at: this.#now(), blobs: needed.blobs, manifests: needed.manifests }
  }

  /** @returns null: it does not have it. Rejects when it could not be asked. */
  async #ask(base: string, digest: string, most: number, look: AbortSignal): Promise<Buffer | null> {
    const url = new URL(`/blobs/${digest}`, base)
    const headers = { [AMONG_SERVERS]: this.#parts.serverId }
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>()
    const late = AbortSignal.any([look, AbortSignal.timeout(ANSWER_MS)])
    const giveUp = () => reject(new Error('no answer came in time'))
    late.addEventListener('abort', giveUp)
    const take = (response: IncomingMessage) => {
      late.removeEventListener('abort', giveUp)
      collect(response, most).then(resolve, reject)
    }
    const options = { headers, timeout: SILENCE_MS }
    const request =
      url.protocol === 'https:'
        ? httpsGet(url, { ...options, agent: await this.#trusting() }, take)
        : httpGet(url, { ...options, agent: this.#plain }, take)
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)))
    request.on('error', reject)
    return promise.finally(() => {
      late.removeEventListener('abort', giveUp)
      request.destroy()
    })
  }

  /** Over TLS a server is known by the site's own CA. */
  async #trusting(): Promise<HttpsAgent> {
    const ca = await siteCaCertificate(this.#parts.db)
    if (this.#secure?.ca !== ca)
      this.#secure = { ca, agent: new HttpsAgent({ keepAlive: true, ...(ca === null ? {} : { ca }) }) }
    return this.#secure.agent
  }
}

async function collect(response: IncomingMessage, most: number): Promise<Buffer | null> {
  const { statusCode } = response
  if (statusCode !== 200) {
    response.resume()
    if (statusCode === 404) return null
    throw new Error(`answered ${statusCode}`)
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length
    if (length > most) throw new Error(`sent more than ${most} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** What cannot be kept is handed on all the same. */
function unlessFull(error: unknown): void {
  if (error instanceof ProblemError && error.code === 'disk-full') return
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return
  throw error
}
