import { setTimeout as sleep } from 'node:timers/promises'
import { type Image, type ImageDescription, type ImagePruned, ProblemError, type Reason, told } from '@eims/contracts'
import { convertImage, openSource, type Space, STRIDE } from '@eims/image'
import { createImage, failImage, finishImage, setImageProgress } from '@eims/registry'
import { problemOf } from '../problem.ts'
import { openInFolders } from './folders.ts'
import { type HousekeepingParts, type InTurn, onlyOf, prune, release } from './housekeeping.ts'
import { findMissingFacts } from './missing-facts.ts'

const NOTE_AGAIN_MS = 2000

/** a file of this server's image folders, one of our own, an upload, or what is fetched when its turn comes */
type Source =
  | string
  | { own: string }
  | AsyncIterable<Uint8Array>
  | ((signal: AbortSignal, announce: (bytes: number) => void) => AsyncIterable<Uint8Array>)

export interface ImageJobs extends AsyncDisposable {
  /**
   * Records an image as `converting` and converts it in the background: `image` comes at once, the end is on the
   * image (ready, or failed with the reason). `done` never rejects; it gives what went wrong, or null. What a conversion
   * that failed had stored is removed before the next one begins.
   * Throws `invalid-input` for a path that is no readable file of an image folder, `already-exists` for a name that is taken,
   * `disk-full` when there is no room to begin.
   * @param described.takesFailed false: the name of an image that failed is taken, too
   * @param announced bytes that will come, where they are known
   */
  start(
    described: ImageDescription & { takesFailed?: boolean },
    source: Source,
    announced?: number | null,
  ): Promise<{ image: Image; done: Promise<ProblemError | null> }>
  /**
   * Ends a conversion of this server, also one that waits for its turn; the image becomes failed with this reason.
   * @returns when nothing more is done for it; false: this server converts no such image
   */
  cancel(imageId: string, reason: Reason): Promise<boolean>
  /** Looks into images that earlier versions made, each in its turn; comes when all is done, and never rejects. */
  findMissingFacts(): Promise<void>
  /** Does other work on the store between two conversions. */
  inTurn: InTurn
  /**
   * Removes, in its turn, what only this image needed; the database no longer names it.
   * @returns at once how much that is
   */
  forget(image: Image): Promise<{ pieces: number; bytes: number }>
  /** See `prune`. Throws `wrong-state` also while an image is under conversion. */
  prune(dryRun: boolean): Promise<ImagePruned>
}

interface ImageJobParts extends HousekeepingParts {
  /** on the data disk */
  tempDir: string
  /** images are added by path from these and from nowhere else */
  imageFolders: readonly string[]
  space: Space
  serverId: string
}

interface Job {
  cancelled: AbortController
  hasBegun: boolean
  done: Promise<ProblemError | null>
}

/** Conversions of one server, one after the other: each keeps all processors busy. Stopping ends them as failed. */
export function createImageJobs(parts: ImageJobParts): ImageJobs {
  const { db, store, tempDir, imageFolders, space, serverId, log } = parts
  const stop = new AbortController()
  const running = new Map<string, Job>()
  let last: Promise<unknown> = Promise.resolve()
  let looking: Promise<void> = Promise.resolve()
  const untidied = (err: unknown) => log.warn({ err }, 'image chunks could not be tidied')

  const opened = (source: Source, signal: AbortSignal, announce: (bytes: number) => void) => {
    if (typeof source === 'string') return () => openInFolders(source, imageFolders)
    if ('own' in source) return () => openSource(source.own)
    return typeof source === 'function' ? source(signal, announce) : source
  }

  async function convert(
    image: Image,
    { format, sha256, architecture }: ImageDescription,
    source: Source,
    job: Job,
    bytes: number | null,
  ) {
    const own = job.cancelled.signal
    const signal = AbortSignal.any([stop.signal, own])
    const stored: string[] = []
    let announced = bytes
    const announce = (bytes: number) => {
      announced = bytes
    }
    try {
      signal.throwIfAborted()
      job.hasBegun = true
      const made = await convertImage({
        source: opened(source, signal, announce),
        announced: () => announced,
        format,
        sha256,
        architecture,
        store: { ...store, put: (bytes) => store.put(bytes, undefined, (digest) => stored.push(digest)) },
        tempDir,
        space,
        signal,
        onProgress: (progress) => {
          setImageProgress(db, image.id, progress).catch((err) => log.warn({ err }, 'image progress was not noted'))
        },
      })
      signal.throwIfAborted()
      const { rawSize, rawSha256, frames } = made.manifest
      const { manifestSha256, sourceSha256, storedSize, facts } = made
      await finishImage(db, image.id, {
        format: made.format,
        sourceSha256,
        rawSize,
        rawSha256,
        manifestSha256,
        frameCount: frames.length,
        storedSize,
        facts,
      })
      log.info({ image: image.name, rawSize, storedSize }, 'image is ready')
      return null
    } catch (error) {
      const fault = stop.signal.aborted
        ? new ProblemError('internal', 'the server was stopped while it read the image')
        : problemOf(error)
      log.warn({ err: error, image: image.name }, 'image could not be added')
      // At first: what it stored may be what fills the disk.
      if (!stop.signal.aborted) await release(stored, parts).catch(untidied)
      // Whoever cancelled it has noted that, and the row may belong to another conversion by now.
      if (!own.aborted) await noteFailure(image, fault.reason ?? told(fault.message), signal)
      return fault
    }
  }

  /** A registry that is full or away is told before the next conversion begins, however long that takes. */
  async function noteFailure({ id }: Image, reason: Reason, signal: AbortSignal): Promise<void> {
    const noted = () =>
      failImage(db, id, reason).then(
        () => true,
        (err) => {
          log.error({ err }, 'image state was not noted')
          return false
        },
      )
    if (await noted()) return
    void inTurn(async () => {
      while (!signal.aborted) {
        await sleep(NOTE_AGAIN_MS, undefined, { signal }).catch(() => undefined)
        if (!signal.aborted && (await noted())) return
      }
    })
  }

  const inTurn: InTurn = (work) => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }

  return {
    inTurn,
    async start(described, source, announced = null) {
      if (typeof source === 'string') await (await openInFolders(source, imageFolders)).file.close()
      await space.require(store.directory, Math.max(STRIDE, announced ?? 0), 'the image')
      const { name, architecture, format = 'raw', sourceUrl, takesFailed } = described
      const image = await createImage(db, { name, architecture, format, serverId, sourceUrl, takesFailed })
      const job: Job = { cancelled: new AbortController(), hasBegun: false, done: Promise.resolve(null) }
      running.set(image.id, job)
      job.done = inTurn(() => convert(image, described, source, job, announced)).finally(() => {
        if (running.get(image.id) === job) running.delete(image.id)
      })
      return { image, done: job.done }
    },
    async cancel(imageId, reason) {
      const job = running.get(imageId)
      if (!job) return false
      running.delete(imageId)
      job.cancelled.abort(new ProblemError('wrong-state', reason))
      await failImage(db, imageId, reason)
      if (job.hasBegun) await job.done
      return true
    },
    findMissingFacts() {
      looking = findMissingFacts(parts, inTurn, stop.signal).catch(untidied)
      return looking
    },
    async forget({ manifestSha256 }) {
      const own = manifestSha256 === null ? [] : await onlyOf(manifestSha256, parts)
      let bytes = 0
      for (const digest of own) if (await store.has(digest)) bytes += await store.size(digest)
      inTurn(() => release(own, parts)).catch(untidied)
      return { pieces: own.length, bytes }
    },
    async prune(dryRun) {
      if (running.size > 0)
        throw new ProblemError(
          'wrong-state',
          'an image is under conversion: wait for it, or end it with `eims images cancel IMAGE`',
        )
      return inTurn(() => prune(parts, dryRun))
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await looking
      await last
    },
  }
}
