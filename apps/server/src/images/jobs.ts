import { type Image, type ImageDescription, ProblemError, told } from '@eims/contracts'
import { createImage, type Db, failImage, finishImage, setImageProgress } from '@eims/registry'
import type { Logger } from 'pino'
import { problemOf } from '../problem.ts'
import { convertImage } from './convert.ts'
import { openSource } from './source.ts'
import type { BlobStore } from './store.ts'

/** a file of this server, an upload, or what is fetched when its turn comes */
type Source = string | AsyncIterable<Uint8Array> | ((signal: AbortSignal) => AsyncIterable<Uint8Array>)

export interface ImageJobs extends AsyncDisposable {
  /**
   * Records an image as `converting` and converts it in the background: `image` comes at once, the end is on the
   * image (ready, or failed with the reason). `done` never rejects; it gives what went wrong, or null.
   * Throws `invalid-input` for a path that is no readable file, `already-exists` for a name that is taken.
   */
  start(described: ImageDescription, source: Source): Promise<{ image: Image; done: Promise<ProblemError | null> }>
}

export interface ImageJobParts {
  db: Db
  store: BlobStore
  /** on the data disk */
  tempDir: string
  serverId: string
  log: Logger
}

/** Conversions of one server, one after the other: each keeps all processors busy. Stopping ends them as failed. */
export function createImageJobs({ db, store, tempDir, serverId, log }: ImageJobParts): ImageJobs {
  const stop = new AbortController()
  let last: Promise<unknown> = Promise.resolve()

  async function convert(image: Image, { format, sha256, architecture }: ImageDescription, source: Source) {
    try {
      stop.signal.throwIfAborted()
      const made = await convertImage({
        source: typeof source === 'function' ? source(stop.signal) : source,
        format,
        sha256,
        architecture,
        store,
        tempDir,
        signal: stop.signal,
        onProgress: (progress) => {
          setImageProgress(db, image.id, progress).catch((err) => log.warn({ err }, 'image progress was not noted'))
        },
      })
      const { rawSize, rawSha256, frames } = made.manifest
      const { manifestSha256, sourceSha256, storedSize } = made
      await finishImage(db, image.id, {
        format: made.format,
        sourceSha256,
        rawSize,
        rawSha256,
        manifestSha256,
        frameCount: frames.length,
        storedSize,
      })
      log.info({ image: image.name, rawSize, storedSize }, 'image is ready')
      return null
    } catch (error) {
      const fault = stop.signal.aborted
        ? new ProblemError('internal', 'the server was stopped while it read the image')
        : problemOf(error)
      log.warn({ err: error, image: image.name }, 'image could not be added')
      await failImage(db, image.id, told(fault.message)).catch((err) => log.error({ err }, 'image state was not noted'))
      return fault
    }
  }

  return {
    async start(described, source) {
      if (typeof source === 'string') await (await openSource(source)).file.close()
      const { name, architecture, format = 'raw' } = described
      const image = await createImage(db, { name, architecture, format, serverId })
      const done = last.then(() => convert(image, described, source))
      last = done
      return { image, done }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await last
    },
  }
}
