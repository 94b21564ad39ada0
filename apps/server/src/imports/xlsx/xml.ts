import { ProblemError } from '@eims/contracts'
import { SaxesParser } from 'saxes'
import { SAVE_AS, unreadable } from '../unreadable.ts'

/** What a reader of XML hears. Names come without the prefix of their namespace. */
export interface XmlReader {
  open(name: string, attributes: Record<string, string>): void
  text?(text: string): void
  close?(name: string): void
}

/** A cell holds at most 32,767 characters; so many in one are no workbook, and so much between two tags is none. */
const MOST_IN_CELL = 1024 * 1024
const MOST_BETWEEN_TAGS = 4 * 1024 * 1024
const DEEPEST = 100
const beyondBounds = () => unreadable(`is a workbook with a cell beyond all bounds; ${SAVE_AS}`)

/** PURE: the text or formula of a cell with its next piece, of which it may have any number. @throws ProblemError import-unreadable */
export function lengthened(text: string, piece: string): string {
  if (text.length + piece.length > MOST_IN_CELL) throw beyondBounds()
  return text + piece
}

const local = (name: string) => name.slice(name.indexOf(':') + 1)

/**
 * Reads XML as it comes, and yields after each piece; the entities that a document defines itself are not looked at.
 * @throws ProblemError import-unreadable when it is not well-formed, or grows without end
 */
export async function* readXml(pieces: AsyncIterable<string>, reader: XmlReader): AsyncGenerator<void> {
  const parser = new SaxesParser<{ position: boolean; xmlns: false }>({ position: false, xmlns: false })
  let depth = 0
  let since = 0
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    since = 0
    if (++depth > DEEPEST) throw new SyntaxError('too deep')
    reader.open(local(name), attributes)
  })
  parser.on('text', (text) => reader.text?.(text))
  parser.on('cdata', (text) => reader.text?.(text))
  parser.on('closetag', ({ name }) => {
    since = 0
    depth--
    reader.close?.(local(name))
  })
  for await (const piece of pieces) {
    since += piece.length
    wellFormed(() => parser.write(piece))
    if (since > MOST_BETWEEN_TAGS) throw beyondBounds()
    yield
  }
  wellFormed(() => parser.close())
  yield
}

function wellFormed(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw unreadable(`is a damaged workbook, in whose parts the XML does not work out; ${SAVE_AS}`)
  }
}

/** Reads a part to its end. @throws as readXml */
export async function readAll(pieces: AsyncIterable<string>, reader: XmlReader, onPiece = () => {}): Promise<void> {
  for await (const _ of readXml(pieces, reader)) onPiece()
}
