import { setTimeout as sleep } from 'node:timers/promises'
import { ImageManifest } from '@eims/contracts'
import { type Db, listImages } from '@eims/registry'
import type { Logger } from 'pino'
import type { BlobStore } from './store.ts'

const HOUR = 3600_000
/** Blobs of a conversion that is still going on belong to no manifest yet; none takes two days. */
const SPARED_MS = 48 * HOUR

/** Removes once a day what no image needs any more: frames of deleted images and of conversions that broke off. */
export function startHousekeeping(parts: {
  db: Db
  store: BlobStore
  now: () => number
  log: Logger
}): AsyncDisposable {
  const { db, store, now, log } = parts
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      try {
        const { removed, bytes } = await store.sweep(await neededBlobs(db, store), new Date(now() - SPARED_MS))
        if (removed > 0) log.info({ removed, bytes }, 'removed image chunks that nothing needs')
      } catch (err) {
        log.warn({ err }, 'image chunks could not be tidied')
      }
      await sleep(24 * HOUR, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

async function neededBlobs(db: Db, store: BlobStore): Promise<Set<string>> {
  const needed = new Set<string>()
  let pageToken: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listImages>> = await listImages(db, {
      pageSize: 1000,
      ...(pageToken ? { pageToken } : {}),
    })
    for (const { manifestSha256 } of page.items) {
      if (!manifestSha256) continue
      needed.add(manifestSha256)
      const manifest = ImageManifest.parse(JSON.parse((await store.read(manifestSha256)).toString('utf8')))
      for (const { sha256 } of manifest.frames) needed.add(sha256)
    }
    pageToken = page.nextPageToken
  } while (pageToken)
  return needed
}
