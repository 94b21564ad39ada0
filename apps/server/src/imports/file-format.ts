import { open } from 'node:fs/promises'
import { SAVE_AS, unreadable } from './unreadable.ts'

/** So much of a file's start tells what it is. */
const LOOK = 4096
const starts = (...bytes: number[]) => Buffer.from(bytes)

/** Formats by the bytes with which they begin. */
const magic: [Buffer, string][] = [
  [Buffer.from('%PDF-'), 'is a PDF document'],
  [starts(0x1f, 0x8b), 'is compressed by gzip; unpack it first'],
  [Buffer.from('BZh'), 'is compressed by bzip2; unpack it first'],
  [starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), 'is compressed by xz; unpack it first'],
  [starts(0x28, 0xb5, 0x2f, 0xfd), 'is compressed by zstd; unpack it first'],
  [starts(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), 'is a 7z archive; unpack it first'],
  [Buffer.from('Rar!'), 'is a RAR archive; unpack it first'],
  [Buffer.from('{\\rtf'), 'is a text document (RTF)'],
  [starts(0x89, 0x50, 0x4e, 0x47), 'is a picture (PNG)'],
  [starts(0xff, 0xd8, 0xff), 'is a picture (JPEG)'],
  [Buffer.from('SQLite format 3\0'), 'is a database (SQLite)'],
  [starts(0x7f, 0x45, 0x4c, 0x46), 'is a program'],
]

/** Formats by the text with which they begin, behind spaces. */
const texts: [RegExp, string][] = [
  [/^<\?xml[^>]*>\s*<\?mso-application[^>]*excel/i, 'is an XML spreadsheet of Excel 2003'],
  [
    /^(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*>\s*)?<(?:!doctype html|html|head|meta|table|body)\b/i,
    'is a web page (HTML), whatever its name says',
  ],
  [/^<\?xml\b/i, 'is XML'],
  [/^(?:\{\s*"|\[\s*[[{])/, 'is JSON'],
]

const OLE2 = starts(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)

/** Of text in UTF-32 three of four bytes are NUL, wherever letters of the West stand. */
function isUtf32(start: Buffer): boolean {
  if (start.subarray(0, 4).equals(starts(0xff, 0xfe, 0, 0)) || start.subarray(0, 4).equals(starts(0, 0, 0xfe, 0xff)))
    return true
  const letters = start.subarray(0, 8)
  const isNul = (...places: number[]) => places.every((place) => letters[place] === 0)
  return (
    letters.length === 8 && (isNul(1, 2, 3, 5, 6, 7) || isNul(0, 1, 2, 4, 5, 6)) && letters.some((byte) => byte > 0)
  )
}

/** Control characters have no place in a list; NUL stands in every letter of UTF-16. */
function isBinary(start: Buffer): boolean {
  const controls = start.filter((byte) => (byte > 0 && byte < 9) || (byte > 13 && byte < 32 && byte !== 27)).length
  return controls * 20 > start.length
}

/**
 * PURE: what a file is by its first 4 KiB.
 * @returns `zip` and `ole2`, which hold several formats; `text`; or what it is instead, as words behind "the file"
 */
export function formatOf(start: Buffer): 'zip' | 'ole2' | 'text' | { is: string } {
  if (start.toString('latin1', 0, 2) === 'PK' && [3, 5, 7].includes(start[2] ?? 0)) return 'zip'
  if (start.subarray(0, 8).equals(OLE2)) return 'ole2'
  const found = magic.find(([bytes]) => start.subarray(0, bytes.length).equals(bytes))
  if (found) return { is: found[1] }
  if (isUtf32(start)) return { is: 'is text in UTF-32; save it as UTF-8' }
  const text = start.toString('latin1').replace(/^(?:\u00ef\u00bb\u00bf)?\s*/, '')
  const written = texts.find(([pattern]) =>
    pattern.test(text.replaceAll('\0', '').replace(/^(?:\u00ff\u00fe|\u00fe\u00ff)\s*/, '')),
  )
  if (written) return { is: written[1] }
  return isBinary(start) ? { is: 'is no text' } : 'text'
}

/**
 * Tells text from a workbook, and names what is neither.
 * @throws ProblemError import-unreadable
 */
export async function readFormat(path: string): Promise<'zip' | 'text'> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOK), 0, LOOK, 0)
  const format = formatOf(buffer.subarray(0, bytesRead))
  if (format === 'zip' || format === 'text') return format
  if (format !== 'ole2') throw unreadable(`${format.is}; ${SAVE_AS}`)
  const holds = await namesIn(path, ['EncryptedPackage', 'Workbook', 'Book'])
  if (holds.has('EncryptedPackage'))
    throw unreadable(
      'is encrypted with a password; take the password away in Excel (File, Info, Protect Workbook) and save it again',
    )
  if (holds.has('Workbook') || holds.has('Book'))
    throw unreadable(`is a workbook of Excel 97 to 2003 (.xls); ${SAVE_AS}`)
  throw unreadable(`is a document of an old Office program; ${SAVE_AS}`)
}

/** Which of the streams an OLE2 file names in its directory, which may stand anywhere in it. */
async function namesIn(path: string, names: string[]): Promise<Set<string>> {
  await using file = await open(path)
  const wanted = names.map((name) => [name, Buffer.from(`${name}\0`, 'utf16le')] as const)
  const found = new Set<string>()
  let before = Buffer.alloc(0)
  for await (const piece of file.createReadStream({ autoClose: false })) {
    const bytes = Buffer.concat([before, piece as Buffer])
    for (const [name, text] of wanted) if (bytes.includes(text)) found.add(name)
    before = bytes.subarray(-64)
  }
  return found
}
