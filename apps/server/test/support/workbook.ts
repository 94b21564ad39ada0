import { zipSync } from 'fflate'

/** A cell: a text, a number, or the XML of it behind `<c r="A1"`. */
export type WrittenCell = string | number | null | { xml: string }

export interface WrittenSheet {
  name: string
  rows: WrittenCell[][]
  state?: 'hidden' | 'veryHidden'
  /** numbers of hidden rows */
  hidden?: number[]
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const columnName = (place: number): string =>
  (place >= 26 ? columnName(Math.floor(place / 26) - 1) : '') + String.fromCharCode(65 + (place % 26))
const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const kinds = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

/** A number in the format with this place in `formats` of writeWorkbook. */
export const formatted = (value: number | string, format: number): WrittenCell => ({
  xml: ` s="${format + 1}"><v>${value}</v></c>`,
})

function sheetXml({ rows, hidden = [] }: WrittenSheet, textOf: (text: string) => number): string {
  const cell = (each: WrittenCell, row: number, place: number) => {
    if (each === null) return ''
    const reference = `<c r="${columnName(place)}${row}"`
    if (typeof each === 'number') return `${reference}><v>${each}</v></c>`
    return typeof each === 'string' ? `${reference} t="s"><v>${textOf(each)}</v></c>` : reference + each.xml
  }
  const lines = rows.map((cells, index) => {
    const row = index + 1
    const attributes = hidden.includes(row) ? ' hidden="1"' : ''
    return `<row r="${row}"${attributes}>${cells.map((each, place) => cell(each, row, place)).join('')}</row>`
  })
  return `${declaration}<worksheet ${main}><sheetData>${lines.join('')}</sheetData></worksheet>`
}

/** The parts of a workbook as Excel writes it, by name. */
export function workbookParts(
  sheets: WrittenSheet[],
  { formats = [], from1904 = false }: { formats?: string[]; from1904?: boolean } = {},
): Record<string, string> {
  const texts = new Map<string, number>()
  const textOf = (text: string) => {
    if (!texts.has(text)) texts.set(text, texts.size)
    return texts.get(text)!
  }
  const parts = Object.fromEntries(
    sheets.map((sheet, index) => [`xl/worksheets/sheet${index + 1}.xml`, sheetXml(sheet, textOf)]),
  )
  const relation = (id: string, kind: string, target: string) =>
    `<Relationship Id="${id}" Type="${kinds}/${kind}" Target="${target}"/>`
  const relations = (...all: string[]) =>
    `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`
  const listed = sheets.map(
    ({ name, state }, index) =>
      `<sheet name="${escaped(name)}" sheetId="${index + 1}"${state ? ` state="${state}"` : ''} r:id="rId${index + 1}"/>`,
  )
  const own = formats.map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${escaped(code)}"/>`)
  const cellFormats = formats.map((_, index) => `<xf numFmtId="${164 + index}"/>`)
  return {
    '[Content_Types].xml': `${declaration}<Types/>`,
    '_rels/.rels': relations(relation('rId1', 'officeDocument', 'xl/workbook.xml')),
    'xl/workbook.xml': `${declaration}<workbook ${main} xmlns:r="${kinds}"><workbookPr date1904="${from1904}"/><sheets>${listed.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      ...sheets.map((_, index) => relation(`rId${index + 1}`, 'worksheet', `worksheets/sheet${index + 1}.xml`)),
      relation('styles', 'styles', '/xl/styles.xml'),
      relation('strings', 'sharedStrings', 'sharedStrings.xml'),
    ),
    'xl/styles.xml': `${declaration}<styleSheet ${main}><numFmts>${own.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${cellFormats.join('')}</cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `${declaration}<sst ${main}>${[...texts.keys()].map((text) => `<si><t xml:space="preserve">${escaped(text)}</t></si>`).join('')}</sst>`,
    ...parts,
  }
}

/** A ZIP file of these parts, packed or as they are. */
export const zipped = (parts: Record<string, string | Uint8Array>, level: 0 | 6 = 6): Buffer =>
  Buffer.from(
    zipSync(
      Object.fromEntries(
        Object.entries(parts).map(([name, text]) => [name, typeof text === 'string' ? Buffer.from(text) : text]),
      ),
      { level },
    ),
  )

/** An .xlsx file with these sheets. */
export const writeWorkbook = (...given: Parameters<typeof workbookParts>): Buffer => zipped(workbookParts(...given))
