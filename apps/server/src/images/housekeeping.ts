import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImageManifest, ProblemError } from '@eims/contracts'
import { type Db, getSite, listImages, manifestsOfOpenRuns } from '@eims/registry'
import type { Logger } from 'pino'
import type { BlobStore } from './store.ts'

const HOUR = 3600_000
/** Time to notice that the service was started with the wrong database. */
const FIRST_AFTER_MS = 6 * HOUR
/** Blobs of a conversion that is still going on belong to no manifest yet; none takes two days. */
const SPARED_MS = 48 * HOUR

export interface HousekeepingParts {
  db: Db
  store: BlobStore
  now: () => number
  log: Logger
}

/** Removes once a day what no image needs any more: frames of deleted images and of conversions that broke off. */
export function startHousekeeping(parts: HousekeepingParts): AsyncDisposable {
  const { log } = parts
  const stop = new AbortController()
  const pause = (ms: number) => sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined)
  const attempt = (work: Promise<unknown>) => work.catch((err) => log.warn({ err }, 'image chunks could not be tidied'))
  const running = (async () => {
    await attempt(whyNotOurs(parts).then((reason) => reason && log.warn(reason)))
    await pause(FIRST_AFTER_MS)
    while (!stop.signal.aborted) {
      await attempt(tidy(parts))
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
  const { removed, bytes } = await store.sweep((await neededBlobs(db, store)).blobs, new Date(now() - SPARED_MS))
  if (removed > 0) log.info({ removed, bytes }, 'removed image chunks that nothing needs')
}

/**
 * Why the chunks may belong to another database than the connected one, as a warning; null when they are ours. The
 * site whose database they belong to is noted in `blobs/site`, the first time that there is no doubt.
 */
async function whyNotOurs({ db, store }: HousekeepingParts): Promise<string | null> {
  const { id } = await getSite(db)
  const file = join(store.directory, 'site')
  const noted = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (noted !== null && noted.trim() !== id)
    return `the image chunks belong to another database, and none is removed; if this database is the right one, remove ${file}`
  if (!(await store.isEmpty()) && !(await neededBlobs(db, store)).anyImage)
    return 'the database names no image of which chunks are stored here, so none is removed'
  if (noted === null) await writeFile(file, `${id}\n`, { flag: 'wx' })
  return null
}

/** What images and unfinished runs need, and whether the manifest of any image lies here. */
async function neededBlobs(db: Db, store: BlobStore): Promise<{ blobs: Set<string>; anyImage: boolean }> {
  const blobs = new Set<string>()
  const add = async (manifestSha256: string) => {
    if (blobs.has(manifestSha256)) return true
    const bytes = await store.read(manifestSha256).catch(unlessMissing)
    // It is an image that another server of the site keeps.
    if (!bytes) return false
    blobs.add(manifestSha256)
    for (const { sha256 } of ImageManifest.parse(JSON.parse(bytes.toString('utf8'))).frames) blobs.add(sha256)
    return true
  }
  let anyImage = false
  let pageToken: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listImages>> = await listImages(db, {
      pageSize: 1000,
      ...(pageToken ? { pageToken } : {}),
    })
    for (const { manifestSha256 } of page.items) if (manifestSha256 && (await add(manifestSha256))) anyImage = true
    pageToken = page.nextPageToken
  } while (pageToken)
  for (const manifestSha256 of await manifestsOfOpenRuns(db)) await add(manifestSha256)
  return { blobs, anyImage }
}

function unlessMissing(error: unknown): null {
  if (error instanceof ProblemError && error.code === 'not-found') return null
  throw error
}
