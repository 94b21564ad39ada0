import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImageManifest, type ImagePruned, ProblemError, unlessMissing } from '@eims/contracts'
import type { BlobStore, Freed } from '@eims/image'
import { type Db, deleteImage, getSite, listImages, manifestsOfOpenRuns, unusedFailedImages } from '@eims/registry'
import type { Logger } from 'pino'
import { NewestMap } from '../newest-map.ts'

const HOUR = 3600_000
/** Time to notice that the service was started with the wrong database. */
const FIRST_AFTER_MS = 6 * HOUR

export interface HousekeepingParts {
  db: Db
  store: BlobStore
  now: () => number
  log: Logger
}

/** Does work while no image is under conversion: frames of one that is belong to no manifest yet. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Removes once a day what no image needs any more and nobody removed at once: frames of conversions that were killed, and
 * of images that another server of the site was told to delete.
 */
export function startHousekeeping(
  parts: HousekeepingParts,
  inTurn: InTurn = async (work) => work(),
  wait: (ms: number, value: undefined, options: { signal: AbortSignal }) => Promise<unknown> = sleep,
): AsyncDisposable {
  const { log } = parts
  const stop = new AbortController()
  const pause = (ms: number) => wait(ms, undefined, { signal: stop.signal }).catch(() => undefined)
  const attempt = (work: Promise<unknown>) => work.catch((err) => log.warn({ err }, 'image chunks could not be tidied'))
  const running = (async () => {
    await attempt(whyNotOurs(parts).then((reason) => reason && log.warn(reason)))
    await pause(FIRST_AFTER_MS)
    while (!stop.signal.aborted) {
      await attempt(inTurn(() => tidy(parts)))
      await pause(24 * HOUR)
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

/** One sweep, unless the chunks seem to be those of another database: then a warning, and nothing is removed. */
export async function tidy(parts: HousekeepingParts): Promise<void> {
  const { db, store, now, log } = parts
  const reason = await whyNotOurs(parts)
  if (reason) return log.warn(reason)
  const { removed, bytes } = await store.sweep((await neededBlobs(db, store)).blobs, new Date(now()))
  if (removed > 0) log.info({ removed, bytes }, 'removed image chunks that nothing needs')
}

/**
 * Removes failed images that no profile uses and every piece that nothing needs; in its turn.
 * @throws ProblemError wrong-state when the pieces may belong to another database
 */
export async function prune(parts: HousekeepingParts, dryRun: boolean): Promise<ImagePruned> {
  const { db, store, now } = parts
  const reason = await whyNotOurs(parts)
  if (reason) throw new ProblemError('wrong-state', reason)
  const images = await unusedFailedImages(db)
  if (!dryRun) for (const name of images) await deleteImage(db, name)
  const { removed, bytes } = await store.sweep((await neededBlobs(db, store)).blobs, new Date(now()), dryRun)
  return { images, pieces: removed, bytes, dryRun }
}

/** The pieces of a removed image that nothing else needs, as far as they are here. */
export async function onlyOf(manifestSha256: string, { db, store }: HousekeepingParts): Promise<string[]> {
  const own = await blobsOf(manifestSha256, store)
  if (!own) return []
  const { blobs } = await neededBlobs(db, store)
  return own.filter((digest) => !blobs.has(digest))
}

/**
 * Removes pieces that this database is known to have named, or that a conversion for it has just put: of them none is
 * another database's. What something else needs stays; in its turn.
 */
export async function release(digests: readonly string[], parts: HousekeepingParts): Promise<Freed> {
  const { db, store, log } = parts
  const other = await otherSite(parts)
  if (other) log.warn(other)
  if (other || digests.length === 0) return { removed: 0, bytes: 0 }
  const { blobs } = await neededBlobs(db, store)
  return store.remove(new Set(digests.filter((digest) => !blobs.has(digest))))
}

const siteFile = (store: BlobStore) => join(store.directory, 'site')

async function notedSite(store: BlobStore): Promise<string | null> {
  return readFile(siteFile(store), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

async function otherSite({ db, store }: HousekeepingParts): Promise<string | null> {
  const [{ id }, noted] = [await getSite(db), await notedSite(store)]
  if (noted === null || noted.trim() === id) return null
  return `the image chunks belong to another database, and none is removed; if this database is the right one, remove ${siteFile(store)}`
}

/**
 * Why the chunks may belong to another database than the connected one, as a warning; null when they are ours. The
 * site whose database they belong to is noted in `blobs/site`, the first time that there is no doubt.
 */
async function whyNotOurs(parts: HousekeepingParts): Promise<string | null> {
  const { db, store } = parts
  const other = await otherSite(parts)
  if (other) return other
  if (!(await store.isEmpty()) && !(await neededBlobs(db, store)).anyImage)
    return 'the database names no image of which chunks are stored here, so none is removed'
  if ((await notedSite(store)) === null) await writeFile(siteFile(store), `${(await getSite(db)).id}\n`, { flag: 'wx' })
  return null
}

/** A manifest and its frames; null when it does not lie here: it is of an image that another server of the site keeps. */
async function blobsOf(manifestSha256: string, store: BlobStore): Promise<string[] | null> {
  const known = named.get(manifestSha256)
  if (known && (await store.has(manifestSha256))) return known
  const bytes = await store.read(manifestSha256).catch(unlessMissing)
  if (!bytes) return null
  const { frames } = ImageManifest.parse(JSON.parse(bytes.toString('utf8')))
  const blobs = [manifestSha256, ...frames.map(({ sha256 }) => sha256)]
  if (blobs.length <= REMEMBERED_FRAMES) named.set(manifestSha256, blobs)
  return blobs
}

/** What manifests name, by their digests, so that it never changes: whoever asks for any digest has all of them looked at. */
const named = new NewestMap<string, string[]>(128)
/** A disk of 64 GiB without a hole. */
const REMEMBERED_FRAMES = 16_385

interface Needed {
  blobs: Set<string>
  /** names of images, or of their manifests where no image has them any more, by their manifest */
  manifests: Map<string, string>
  /** manifests that do not lie here: what they name is not in `blobs` */
  missing: string[]
  /** whether the manifest of any image lies here */
  anyImage: boolean
}

/** What images and unfinished runs need. */
export async function neededBlobs(db: Db, store: BlobStore): Promise<Needed> {
  const blobs = new Set<string>()
  const manifests = new Map<string, string>()
  const missing: string[] = []
  const add = async (manifestSha256: string, name = manifestSha256) => {
    if (manifests.has(manifestSha256)) return blobs.has(manifestSha256)
    manifests.set(manifestSha256, name)
    const own = await blobsOf(manifestSha256, store)
    if (own === null) missing.push(manifestSha256)
    for (const digest of own ?? []) blobs.add(digest)
    return own !== null
  }
  let anyImage = false
  let pageToken: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listImages>> = await listImages(db, {
      pageSize: 1000,
      ...(pageToken ? { pageToken } : {}),
    })
    for (const { manifestSha256, name } of page.items)
      if (manifestSha256 && (await add(manifestSha256, name))) anyImage = true
    pageToken = page.nextPageToken
  } while (pageToken)
  for (const manifestSha256 of await manifestsOfOpenRuns(db)) await add(manifestSha256)
  return { blobs, manifests, missing, anyImage }
}
