import type { Image, ImageAddByPath } from '@eims/contracts'
import { createImage, type Db, failImage, finishImage, setImageProgress } from '@eims/registry'
import type { Logger } from 'pino'
import { problemOf } from '../http/errors.ts'
import { convertImage } from './convert.ts'
import type { BlobStore } from './store.ts'

export type ImageDescription = Omit<ImageAddByPath, 'path'>

export interface ImageJobs extends AsyncDisposable {
  /**
   * Records an image as `converting` and converts it in the background: the reply comes at once, the end is on the
   * image (ready, or failed with the reason). An upload is consumed before this resolves to its end.
   */
  start(
    described: ImageDescription,
    source: string | AsyncIterable<Uint8Array>,
  ): Promise<{ image: Image; done: Promise<void> }>
}

/** Conversions of one server, at most two at a time; stopping the server ends them as failed. */
export function createImageJobs(parts: {
  db: Db
  store: BlobStore
  tempDir: string
  serverId: string
  log: Logger
}): ImageJobs {
  const { db, store, tempDir, serverId, log } = parts
  const stop = new AbortController()
  const running = new Set<Promise<void>>()

  async function convert(
    image: Image,
    described: ImageDescription,
    source: string | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    try {
      const made = await convertImage({
        source,
        format: described.format,
        sha256: described.sha256,
        architecture: described.architecture,
        store,
        tempDir,
        signal: stop.signal,
        onProgress: (progress) =>
          void setImageProgress(db, image.id, progress).catch((err) => log.warn({ err }, 'image progress')),
      })
      const { manifest, manifestSha256, sourceSha256, format, storedSize } = made
      await finishImage(db, image.id, {
        format,
        sourceSha256,
        rawSize: manifest.rawSize,
        rawSha256: manifest.rawSha256,
        manifestSha256,
        frameCount: manifest.frames.length,
        storedSize,
      })
      log.info({ image: image.name, rawSize: manifest.rawSize, storedSize }, 'image is ready')
    } catch (error) {
      const { message } = stop.signal.aborted
        ? new Error('the server was stopped while it read the image; add it again')
        : problemOf(error)
      log.warn({ err: error, image: image.name }, 'image could not be added')
      await failImage(db, image.id, message).catch((err) => log.error({ err }, 'image state'))
    }
  }

  return {
    async start(described, source) {
      const image = await createImage(db, {
        name: described.name,
        architecture: described.architecture,
        format: described.format ?? 'raw',
        serverId,
      })
      const done = convert(image, described, source).finally(() => running.delete(done))
      running.add(done)
      return { image, done }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(running)
    },
  }
}
