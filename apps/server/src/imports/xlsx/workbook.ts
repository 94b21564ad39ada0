import { posix } from 'node:path'
import { ProblemError } from '@eims/contracts'
import { shownText } from '../cell-text.ts'
import { SAVE_AS, unreadable } from '../unreadable.ts'
import { builtinFormat, type NumberFormat, readNumberFormat } from './number-format.ts'
import type { Package } from './package.ts'
import { readAll } from './xml.ts'

/** So many sheets, and so many formats, a workbook may have. */
const MOST_SHEETS = 1000
const MOST_FORMATS = 100_000

interface SheetEntry {
  name: string
  hidden: boolean
  /** name of its part */
  part: string
}

/** What has to be known of a workbook before one of its sheets is read (ECMA-376 part 1, 18). */
export interface Workbook {
  sheets: SheetEntry[]
  /** whether its days are counted from 1904 */
  from1904: boolean
  /** by the number that a cell gives as its style */
  formats: NumberFormat[]
  /** name of the part with the texts of all sheets */
  strings: string | undefined
}

/** @throws ProblemError import-unreadable for what is no workbook, naming what it is */
export async function readWorkbook(file: Package): Promise<Workbook> {
  const root = await relationsOf(file, '')
  const part = [...root.values()].find(({ type }) => type === 'officeDocument')?.part
  if (part === undefined || !file.has(part)) throw unreadable(`${otherArchive(file.names)}; ${SAVE_AS}`)
  if (!/^xl\/.*\.xml$/.test(part)) throw unreadable(`${otherDocument(part)}; ${SAVE_AS}`)
  const relations = await relationsOf(file, part)
  const sheets: SheetEntry[] = []
  let from1904 = false
  await readAll(file.text(part), {
    open(name, attributes) {
      if (name === 'workbookPr') from1904 = isTrue(attributes.date1904)
      if (name !== 'sheet') return
      const to = relations.get(Object.entries(attributes).find(([key]) => /(?:^|:)id$/.test(key))?.[1] ?? '')
      // The others are charts and dialogs.
      if (to?.type !== 'worksheet') return
      sheets.push({
        name: attributes.name ?? '',
        hidden: (attributes.state ?? 'visible') !== 'visible',
        part: to.part,
      })
      if (sheets.length > MOST_SHEETS) throw unreadable(`is a workbook of more than ${MOST_SHEETS} sheets; ${SAVE_AS}`)
    },
  })
  const partOf = (type: string) => [...relations.values()].find((each) => each.type === type)?.part
  const styles = partOf('styles')
  return {
    sheets,
    from1904,
    formats: styles !== undefined && file.has(styles) ? await formatsOf(file, styles) : [],
    strings: partOf('sharedStrings'),
  }
}

/** PURE */
export const isTrue = (text: string | undefined): boolean => text === '1' || text === 'true'

/** What a part refers to, by id. */
async function relationsOf(file: Package, part: string): Promise<Map<string, { type: string; part: string }>> {
  const found = new Map<string, { type: string; part: string }>()
  const folder = posix.dirname(part)
  const name = posix.join(folder, '_rels', `${posix.basename(part)}.rels`)
  if (!file.has(name)) return found
  await readAll(file.text(name), {
    open(element, { Id = '', Type = '', Target = '' }) {
      if (element !== 'Relationship' || found.size >= MOST_FORMATS) return
      const to = Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target)
      found.set(Id, { type: posix.basename(Type), part: to.toLowerCase() })
    },
  })
  return found
}

async function formatsOf(file: Package, part: string): Promise<NumberFormat[]> {
  const own = new Map<string, NumberFormat>()
  const formats: NumberFormat[] = []
  let inCells = false
  await readAll(file.text(part), {
    open(name, { numFmtId = '0', formatCode = '' }) {
      if (formats.length + own.size > MOST_FORMATS) throw unreadable(`is a workbook of too many formats; ${SAVE_AS}`)
      if (name === 'numFmt') own.set(numFmtId, readNumberFormat(formatCode.slice(0, 255)))
      if (name === 'cellXfs') inCells = true
      if (name === 'xf' && inCells) formats.push(own.get(numFmtId) ?? builtinFormat(Number(numFmtId)))
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return formats
}

/** PURE: what a ZIP file is that holds no document of Office, by the names in it. */
function otherArchive(names: string[]): string {
  if (names.includes('content.xml') && names.includes('mimetype')) return 'is an OpenDocument file (.ods)'
  if (names.some((name) => name.endsWith('.iwa'))) return 'is a document of Numbers'
  return 'is a ZIP archive; unpack it first'
}

/** PURE: what a document of Office is that is no .xlsx. */
function otherDocument(part: string): string {
  if (part.endsWith('.bin')) return 'is a binary workbook (.xlsb)'
  return part.startsWith('word/') ? 'is a text document (.docx)' : 'is a document of Office without sheets'
}

/**
 * PURE: the sheet that is meant.
 * @param wanted its name in any case, or its number, 1 being the first; without it the first that is not hidden
 * @throws ProblemError invalid-input naming the sheets that there are
 */
export function chosenSheet({ sheets }: Pick<Workbook, 'sheets'>, wanted: string | undefined): SheetEntry {
  if (sheets.length === 0) throw unreadable(`is a workbook without a sheet of cells; ${SAVE_AS}`)
  const same = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase()
  const found =
    wanted === undefined
      ? (sheets.find(({ hidden }) => !hidden) ?? sheets[0])
      : (sheets.find(({ name }) => same(name, wanted)) ??
        (/^\d+$/.test(wanted) ? sheets[Number(wanted) - 1] : undefined))
  if (found) return found
  const names = sheets.slice(0, 10).map(({ name }, index) => `${index + 1} ${shownText(name, 31)}`)
  const more = sheets.length > names.length ? ` and ${sheets.length - names.length} more` : ''
  const message = `names the sheet ${wanted}, which the file does not have; it has: ${names.join(', ')}${more}`
  throw new ProblemError('invalid-input', `query.sheet ${message}`, [{ path: 'query.sheet', message }])
}
