import { hash } from 'node:crypto'
import type { BlockList } from 'node:net'
import { type Architecture, type Image, imageNameOf, ProblemError, publishedAt } from '@eims/contracts'
import { audit, type Db, imagesFrom } from '@eims/registry'
import type { Logger } from 'pino'
import { urlSource } from './from-url.ts'
import type { ImageJobs } from './jobs.ts'

/** An image that something names by its URL, with what opens it, or by its reference, and the checksum of the file. */
interface Named {
  url: string
  isOci?: boolean
  /** null: whatever the reference stands for */
  sha256: string | null
  architecture: Architecture
  /** PEM, besides the CAs that the system knows */
  caCertificate?: string | null
}

export interface NamedImages {
  /** Begins to fetch what the store has not, and fetches not yet; what cannot be begun is logged. Never throws. */
  fetch(wanted: readonly Named[], actor?: string): Promise<void>
}

/** Fetches images that workflows name, as `images add URL` does, one after the other. */
export function namedImages(parts: { db: Db; jobs: ImageJobs; barred: BlockList; log: Logger }): NamedImages {
  const { log } = parts
  let last: Promise<unknown> = Promise.resolve()
  return {
    fetch(wanted, actor = 'eims') {
      const done = last.then(async () => {
        for (const each of wanted)
          await begin(parts, each, actor).catch((err) =>
            log.warn({ err, url: publishedAt(each.url) }, 'an image that a workflow names could not be fetched'),
          )
      })
      last = done
      return done
    },
  }
}

async function begin(
  { db, jobs, barred }: { db: Db; jobs: ImageJobs; barred: BlockList },
  { url, isOci = false, sha256, architecture, caCertificate }: Named,
  actor: string,
): Promise<void> {
  const sourceUrl = publishedAt(url)
  if (await isThere()) return
  const source = await urlSource(db, { url, isOci, architecture, caCertificate, barred })
  const name = imageNameOf(url)
  for (const free of [name, `${name.slice(0, 54)}-${(sha256 ?? hash('sha256', sourceUrl)).slice(0, 8)}`]) {
    const described = { name: free, architecture, sha256: sha256 ?? undefined, sourceUrl }
    // One that failed is somebody else's, whatever it is called: profiles may have it, and a person looks at it.
    const image = await jobs.start({ ...described, takesFailed: false }, source).then(
      (begun): Image => begun.image,
      (error) => {
        if (error instanceof ProblemError && error.code === 'already-exists') return null
        throw error
      },
    )
    if (image)
      return await audit(db, { actor, action: 'image.add', of: image, after: { ...described, url: sourceUrl } })
    // another server may have been quicker
    if (await isThere()) return
  }

  async function isThere(): Promise<boolean> {
    const known = await imagesFrom(db, [sourceUrl])
    return known.some(
      (image) =>
        image.architecture === architecture &&
        // one that failed is a person's to look at: fetched again and again, it would fail again and again
        (image.state !== 'ready' || sha256 === null || image.sourceSha256 === sha256),
    )
  }
}
