import { SAVE_AS, unreadable } from '../unreadable.ts'
import type { Package } from './package.ts'
import { lengthened, readAll, type XmlReader } from './xml.ts'

/** All texts of a workbook together; they are held while a sheet is read. */
const MOST_TEXT = 256 * 1024 * 1024
/** Several columns of a million different texts each; where each ends is held, too, even of empty ones. */
const MOST_TEXTS = 8_000_000

/** Texts by number, packed: a million of them as strings would each keep the piece of the file that it was cut from. */
export class SharedStrings {
  #bytes = Buffer.alloc(64 * 1024)
  #used = 0
  readonly #ends: number[] = []

  /** @throws ProblemError import-unreadable when they are too many, or too much text */
  add(text: string): void {
    if (this.#ends.length === MOST_TEXTS)
      throw unreadable(`is a workbook with more than ${MOST_TEXTS} texts; ${SAVE_AS}`)
    const size = Buffer.byteLength(text)
    if (this.#used + size > MOST_TEXT)
      throw unreadable(`is a workbook with more than ${MOST_TEXT / 1024 / 1024} MiB of text; ${SAVE_AS}`)
    if (this.#used + size > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#used + size))
      this.#bytes.copy(larger, 0, 0, this.#used)
      this.#bytes = larger
    }
    this.#used += this.#bytes.write(text, this.#used)
    this.#ends.push(this.#used)
  }

  /** undefined when the workbook has no such text */
  get(index: number): string | undefined {
    const end = this.#ends[index]
    return end === undefined ? undefined : this.#bytes.toString('utf8', this.#ends[index - 1] ?? 0, end)
  }
}

/** PURE: `_x000D_` is how XML keeps a character that it may not hold (ECMA-376 part 1, 22.9.2.19). */
export const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9a-f]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text

/** The texts that cells refer to by number, without how they are painted and pronounced. @throws ProblemError import-unreadable */
export async function readStrings(
  file: Package,
  part: string | undefined,
  onPiece: () => void,
): Promise<SharedStrings> {
  const strings = new SharedStrings()
  if (part === undefined) return strings
  let text = ''
  let inText = false
  let pronounced = 0
  const reader: XmlReader = {
    open(name) {
      if (name === 'si') text = ''
      if (name === 'rPh') pronounced++
      inText = name === 't' && pronounced === 0
    },
    text(piece) {
      if (inText) text = lengthened(text, piece)
    },
    close(name) {
      inText = false
      if (name === 'rPh') pronounced--
      if (name === 'si') strings.add(unescaped(text))
    },
  }
  await readAll(file.text(part), reader, onPiece)
  return strings
}
