import { createHash, type Hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type AddonFile, ProblemError, TAR_BLOCK, tarHeader, tarPadding, withRemedy } from '@eims/contracts'
import { checkManifest, isAddonPath, Notes, SET, SUMS, sumsOf } from '@eims/edge-config'
import type { Hole } from './frames.ts'

const MOST_SUMS = 64 * 1024
/** of mistakes, in one sentence */
const MOST_TOLD = 10

interface Open {
  path: string
  size: number
  left: number
  hash: Hash
  /** of what is looked into */
  kept: Buffer[] | null
}

/**
 * The archive of a set of addons while it is stored: files under names as K3s takes them, in their order, each as the
 * SHA256SUMS at its end has it, and manifests that are some. It must be the very bytes that `eims addons add` makes of such
 * files, so that the same files are the same archive.
 */
export class AddonSet {
  readonly files: AddonFile[] = []
  readonly #mistakes: string[] = []
  #header: Buffer = Buffer.alloc(0)
  #open: Open | null = null
  #padding = 0
  #manifests = 0
  #ended = false

  /**
   * The bytes as they come, looked at before they are passed on.
   * @throws ProblemError image-unreadable with the first thing that is wrong with the archive, or with its manifests' mistakes
   */
  async *checked(bytes: AsyncIterable<Buffer | Hole>): AsyncGenerator<Buffer | Hole, void> {
    for await (const chunk of bytes) {
      if (!Buffer.isBuffer(chunk)) throw broken('it has holes')
      for (let at = 0; at < chunk.length; ) at += await this.#take(chunk.subarray(at))
      yield chunk
    }
    if (!this.#ended) throw broken(`it does not end with ${SUMS}`)
    if (this.#mistakes.length === 0) return
    const more = this.#mistakes.length > MOST_TOLD ? ` (and ${this.#mistakes.length - MOST_TOLD} more)` : ''
    throw new ProblemError('image-unreadable', `${this.#mistakes.slice(0, MOST_TOLD).join('; ')}${more}`)
  }

  /** @returns how many bytes were taken */
  async #take(chunk: Buffer): Promise<number> {
    const open = this.#open
    if (open) {
      const part = chunk.subarray(0, open.left)
      open.left -= part.length
      open.hash.update(part)
      open.kept?.push(Buffer.from(part))
      if (open.left === 0) await this.#close(open)
      return part.length
    }
    if (this.#padding > 0 || this.#ended) {
      const part = this.#ended ? chunk : chunk.subarray(0, this.#padding)
      if (part.some((byte) => byte !== 0)) throw broken('something stands where zeros belong')
      this.#padding = Math.max(0, this.#padding - part.length)
      return part.length
    }
    const part = chunk.subarray(0, TAR_BLOCK - this.#header.length)
    this.#header = Buffer.concat([this.#header, part])
    if (this.#header.length === TAR_BLOCK) await this.#begin()
    return part.length
  }

  async #begin(): Promise<void> {
    const header = this.#header
    this.#header = Buffer.alloc(0)
    const path = header.toString('utf8', 0, 100).replace(/\0.*$/s, '')
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8)
    const isText = Buffer.byteLength(path) <= 100
    if (!isText || !Number.isSafeInteger(size) || !header.equals(addonHeader(path, size)))
      throw broken('a header of it is none that eims addons add writes')
    const isSums = path === SUMS
    const last = this.files.at(-1)?.path ?? ''
    if (!isSums && !isAddonPath(path)) throw broken(`it holds ${path}, which is no file of addons`)
    if (!isSums && path <= last) throw broken(`${path} comes behind ${last}`)
    if (!isSums && this.files.length >= SET.files) throw broken(`it holds more than ${SET.files} files`)
    const isManifest = path.startsWith('manifests/')
    if (isManifest) this.#manifests += size
    if (size > (isSums ? MOST_SUMS : isManifest ? SET.manifest : SET.archive) || this.#manifests > SET.manifests)
      throw broken(`${path} is larger than such a file may be`)
    this.#open = { path, size, left: size, hash: createHash('sha256'), kept: isSums || isManifest ? [] : null }
    if (size === 0) await this.#close(this.#open)
  }

  async #close({ path, size, hash, kept }: Open): Promise<void> {
    this.#open = null
    this.#padding = tarPadding(size)
    if (path === SUMS) {
      if (Buffer.concat(kept!).toString('utf8') !== sumsOf(this.files)) throw broken(`${SUMS} is not of its files`)
      if (this.files.length === 0) throw broken('it holds no file')
      this.#ended = true
      return
    }
    this.files.push({ path, size, sha256: hash.digest('hex') })
    if (kept) await this.#read(path, Buffer.concat(kept))
  }

  /** Others' requests are answered between two documents. */
  async #read(path: string, bytes: Buffer): Promise<void> {
    const notes = new Notes()
    for (const _ of checkManifest(bytes.toString('utf8'), notes)) await setImmediate()
    for (const { line, column, path: field, ...note } of notes.mistakes)
      this.#mistakes.push(`${path}:${line}:${column}${field ? ` ${field}` : ''}: ${withRemedy(note)}`)
  }
}

const addonHeader = (path: string, size: number) => tarHeader(path, size, 0, 0o600)

const broken = (what: string) =>
  new ProblemError('image-unreadable', `this is no archive of addons: ${what}; send files with eims addons add`)
