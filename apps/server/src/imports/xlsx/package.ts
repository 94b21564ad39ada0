import { crc32 } from 'node:zlib'
import { ProblemError } from '@eims/contracts'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { SAVE_AS, unreadable } from '../unreadable.ts'

/** A workbook has some dozens of parts. */
const MOST_PARTS = 10_000
/** What a file of at most 256 MiB may unpack to, all that is read of it together. */
const MOST_UNPACKED = 1024 * 1024 * 1024
/** Sheets with nothing but empty cells shrink to a hundredth; only what is made to, to a thousandth. */
const MOST_RATIO = 200
/** Below this no ratio does harm. */
const HARMLESS = 16 * 1024 * 1024

/** The ZIP file that a workbook is (ECMA-376 part 2), opened. */
export class Package implements AsyncDisposable {
  readonly #zip: ZipFile
  readonly #parts: Map<string, Entry>
  #unpacked = 0

  private constructor(zip: ZipFile, parts: Map<string, Entry>) {
    this.#zip = zip
    this.#parts = parts
  }

  /** @throws ProblemError import-unreadable when the file is damaged */
  static async open(path: string): Promise<Package> {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(damaged)
    try {
      if (zip.entryCount > MOST_PARTS) throw unreadable(`is a ZIP archive of ${zip.entryCount} files; ${SAVE_AS}`)
      const parts = new Map<string, Entry>()
      for await (const entry of zip.eachEntry()) parts.set(entry.fileName.toLowerCase(), entry)
      return new Package(zip, parts)
    } catch (error) {
      zip.close()
      return damaged(error)
    }
  }

  /** Names of all parts, in lower case, for nobody agrees on it. */
  get names(): string[] {
    return [...this.#parts.keys()]
  }

  has(name: string): boolean {
    return this.#parts.has(name.toLowerCase())
  }

  /**
   * The text of a part, piece by piece. The bounds hold for what really comes out, not for what the archive says of itself.
   * @throws ProblemError import-unreadable: damaged, encrypted, or unpacking to more than a list of machines can be
   */
  async *text(name: string): AsyncGenerator<string> {
    const entry = this.#parts.get(name.toLowerCase())
    if (!entry) throw unreadable(`is a damaged workbook: its part ${name.slice(0, 100)} is missing; ${SAVE_AS}`)
    if (entry.isEncrypted()) throw unreadable(`is a ZIP archive with a password; ${SAVE_AS}`)
    const decoder = new TextDecoder('utf-8', { fatal: true })
    let bytes = 0
    let checksum = 0
    try {
      for await (const piece of await this.#zip.openReadStreamPromise(entry)) {
        const { length } = piece as Buffer
        bytes += length
        this.#unpacked += length
        checkGrowth(this.#unpacked, bytes, entry.compressedSize)
        checksum = crc32(piece as Buffer, checksum)
        yield decoder.decode(piece as Buffer, { stream: true })
      }
      if (checksum !== entry.crc32) throw new Error('checksum')
      yield decoder.decode()
    } catch (error) {
      return damaged(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#zip.close()
  }
}

function checkGrowth(all: number, bytes: number, packed: number): void {
  const mebibytes = (count: number) => Math.ceil(count / 1024 / 1024)
  if (all > MOST_UNPACKED)
    throw unreadable(`unpacks to more than ${mebibytes(MOST_UNPACKED)} MiB, which is no list of machines; divide it`)
  if (bytes > HARMLESS && bytes > packed * MOST_RATIO)
    throw unreadable(
      `unpacks from ${mebibytes(packed)} MiB to more than ${mebibytes(bytes - 1)} MiB, as only a ZIP bomb does; ${SAVE_AS}`,
    )
}

function damaged(error: unknown): never {
  if (error instanceof ProblemError) throw error
  const { code = '' } = error as NodeJS.ErrnoException
  // The disk's own faults are not the file's.
  if (/^E[A-Z]+$/.test(code)) throw error
  throw unreadable(
    'is damaged, or not whole: it begins as an .xlsx or ZIP file does and cannot be unpacked; send it again',
  )
}
