import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Image, type ImageUpload, ImageUploadBegin, type ImageUploads, ProblemError } from '@eims/contracts'
import { receive, type Space } from '@eims/image'
import type { Logger } from 'pino'
import { again } from '../again.ts'
import type { ImageJobs } from './jobs.ts'

const HOUR = 3600_000
/** An upload of which no byte came for so long was given up: its administrator has gone home and come back. */
const KEPT_MS = 24 * HOUR
const MOST_OPEN = 16

/** Image files on their way, one folder each: `about.json` and the bytes that have come. They outlive a restart. */
export interface Uploads extends AsyncDisposable {
  /**
   * Begins an upload, or gives the one that was begun with the same description, size and fingerprint.
   * Throws `disk-full`, or `busy` when as many are open as the server keeps.
   */
  begin(about: ImageUploadBegin): Promise<ImageUpload>
  /** Those whose image is not being made yet, in the order in which they were begun or, after a restart, found. */
  list(): Promise<ImageUploads>
  /** By its id, or by the name of its image. Throws `not-found`. */
  get(id: string): Promise<ImageUpload>
  /**
   * Writes on at `offset`. A request that still writes to the same upload is ended first: its connection is dead, or else
   * nobody would ask to go on.
   * Throws `wrong-state` for another offset than what is here; `too-large` beyond the size that was said; `disk-full`;
   * `image-unreadable` when the connection breaks, and what came until then is kept.
   */
  append(id: string, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<ImageUpload>
  /** Hands a whole file to its conversion, after which it is removed. Throws `wrong-state` while bytes are missing. */
  finish(id: string): Promise<Image>
  /**
   * Ends and removes one, by its id or by the name of its image.
   * @returns as it was
   * @throws ProblemError `not-found`; `wrong-state` when its image is being made
   */
  remove(id: string): Promise<ImageUpload>
}

interface UploadParts {
  /** on the data disk */
  directory: string
  space: Space
  jobs: Pick<ImageJobs, 'start'>
  now: () => number
  log: Logger
}

interface Open {
  about: ImageUploadBegin
  /** milliseconds, by the server's clock */
  usedAt: number
  /** the request that writes */
  writing: { stop: AbortController; done: Promise<unknown> } | null
  /** its conversion has begun, or begins */
  image: Promise<Image> | null
}

/** Milliseconds since 1970; undefined: there is no such file. */
const modified = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw error
    },
  )

/** Opens the folder of uploads and drops those that were given up; looks for such ones each hour. */
export async function openUploads({ directory, space, jobs, now, log }: UploadParts): Promise<Uploads> {
  await mkdir(directory, { recursive: true })
  const uploads = new Map<string, Open>()
  const folder = (id: string) => join(directory, id)
  const file = (id: string) => join(folder(id), 'file')
  let closed = false

  for (const id of await readdir(directory)) {
    const about = await readFile(join(folder(id), 'about.json'), 'utf8').then(
      (text) => ImageUploadBegin.safeParse(JSON.parse(text)).data,
      () => undefined,
    )
    const usedAt = await modified(file(id))
    // killed while it was begun or removed
    if (!about || usedAt === undefined) await rm(folder(id), { recursive: true, force: true })
    else uploads.set(id, { about, usedAt, writing: null, image: null })
  }

  /** The newest one that has this id, or this name. */
  const found = (ref: string): [id: string, upload: Open] => {
    const upload = uploads.get(ref)
    if (upload) return [ref, upload]
    const named = [...uploads].findLast(([, { about }]) => about.name === ref)
    if (named) return named
    throw new ProblemError(
      'not-found',
      `there is no upload ${ref}: it was finished, given up, or nothing came for a day`,
    )
  }
  const shown = async (id: string, { about: { name, size, fingerprint }, usedAt }: Open): Promise<ImageUpload> => ({
    id,
    name,
    size,
    received: (await stat(file(id))).size,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    expiresAt: new Date(usedAt + KEPT_MS).toISOString(),
  })
  const interrupt = async (upload: Open) => {
    upload.writing?.stop.abort(new ProblemError('in-use', 'the upload was taken up by another request'))
    await upload.writing?.done
  }
  const remove = async (id: string, upload: Open) => {
    uploads.delete(id)
    await interrupt(upload)
    // Without it, what a crash leaves of the folder is no upload any more.
    await rm(join(folder(id), 'about.json'), { force: true })
    await rm(folder(id), { recursive: true, force: true })
  }
  const convert = async (id: string, upload: Open): Promise<Image> => {
    const { size: _, fingerprint: __, ...described } = upload.about
    const { image, done } = await jobs.start(described, { own: file(id) })
    void done
      // of a service that stops the file waits for the next start
      .then(() => (closed ? undefined : remove(id, upload)))
      .catch((err) => log.warn({ err }, 'the file of an image could not be removed'))
    return image
  }
  const dropForgotten = async () => {
    for (const [id, upload] of uploads)
      if (!upload.writing && !upload.image && now() - upload.usedAt > KEPT_MS) await remove(id, upload)
  }
  await dropForgotten()
  const looking = again(async () => {
    await dropForgotten().catch((err) => log.warn({ err }, 'an upload that was given up could not be removed'))
    return HOUR
  }, HOUR)

  return {
    async begin(described) {
      // in one order of its fields, as it is read back
      const about = ImageUploadBegin.parse(described)
      const key = JSON.stringify(about)
      for (const [id, upload] of uploads)
        if (about.fingerprint !== undefined && JSON.stringify(upload.about) === key) return shown(id, upload)
      if (uploads.size >= MOST_OPEN)
        throw new ProblemError('busy', `${uploads.size} uploads are open, as many as are kept: finish or give up one`)
      await space.require(directory, about.size, 'the image file')
      const id = randomUUID()
      const upload: Open = { about, usedAt: now(), writing: null, image: null }
      uploads.set(id, upload)
      try {
        await mkdir(folder(id))
        await writeFile(file(id), '')
        await writeFile(join(folder(id), 'about.json'), key)
      } catch (error) {
        await remove(id, upload)
        throw error
      }
      return shown(id, upload)
    },
    async list() {
      const waiting = [...uploads].filter(([, { image }]) => !image)
      // one may be given up meanwhile
      const all = await Promise.all(waiting.map(([id, upload]) => shown(id, upload).catch(() => null)))
      return { items: all.filter((each) => each !== null) }
    },
    get: async (ref) => shown(...found(ref)),
    async append(ref, offset, bytes) {
      const [id, upload] = found(ref)
      while (upload.writing) await interrupt(upload)
      if (upload.image) throw new ProblemError('wrong-state', 'the upload is complete, and its image is being made')
      const stop = new AbortController()
      const write = async () => {
        const { received, size } = await shown(...found(id))
        if (offset !== received)
          throw new ProblemError('wrong-state', `the upload goes on at byte ${received}, not at ${offset}`)
        const handle = await open(file(id), 'a')
        try {
          const limits = { folder: directory, maxBytes: size, space, signal: stop.signal, announced: () => size }
          await receive(bytes, handle, received, limits)
        } finally {
          upload.usedAt = now()
          // what is told to be here is here after a power cut, too
          await handle.sync().finally(() => handle.close())
        }
      }
      const done = write().finally(() => {
        upload.writing = null
      })
      upload.writing = { stop, done: done.catch(() => undefined) }
      await done
      return shown(id, upload)
    },
    async finish(ref) {
      const [id, upload] = found(ref)
      const { received, size } = await shown(id, upload)
      if (upload.writing || received < size)
        throw new ProblemError('wrong-state', `${received} of ${size} bytes of the image have come: send the rest`)
      upload.image ??= convert(id, upload).catch((error) => {
        upload.image = null
        throw error
      })
      return upload.image
    },
    async remove(ref) {
      const [id, upload] = found(ref)
      if (upload.image)
        throw new ProblemError('wrong-state', `the image ${upload.about.name} is being made: end its conversion`)
      const was = await shown(id, upload)
      await remove(id, upload)
      return was
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await looking[Symbol.asyncDispose]()
      await Promise.all([...uploads.values()].map(interrupt))
    },
  }
}
