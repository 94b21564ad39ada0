import { type ImportPreview, MOST_PREVIEW_ROWS } from '@eims/contracts'
import type { Header } from './header.ts'
import { BrokenCsv, type ListFile, readRecords } from './records.ts'

/** Of a file with more rows than a preview holds the first so many are shown, and those in which something was found. */
const MOST_FIRST = 1000
/** Characters of all cells together: a cell may be as long as any spreadsheet's. */
const MOST_TEXT = 8 * 1024 * 1024

/** A preview without what the workbook around it says. */
export type FilePreview = Omit<ImportPreview, 'sheets'>

/** Reads the file once more, for whoever is to see its rows. @param findings what was found, in the order of rows */
export async function previewOf(
  file: ListFile,
  headerRow: number,
  header: Header,
  findings: FilePreview['findings'],
): Promise<FilePreview> {
  const found = new Set(findings.map(({ row }) => row))
  let rows: FilePreview['rows'] = []
  let text = 0
  let whole = true
  try {
    for await (const { line: row, cells } of readRecords(file)) {
      const isEmpty = cells.every((cell, place) => place === header.error || cell.trim() === '')
      if (row <= headerRow || isEmpty || !(whole || found.has(row))) continue
      const length = cells.join('').length
      const isFull = () => rows.length >= MOST_PREVIEW_ROWS || text + length > MOST_TEXT
      if (whole && isFull()) {
        whole = false
        rows = rows.filter((each, index) => index < MOST_FIRST || found.has(each.row))
        text = rows.reduce((sum, each) => sum + each.cells.join('').length, 0)
        if (!found.has(row)) continue
      }
      if (isFull()) break
      rows.push({ row, cells })
      text += length
    }
  } catch (error) {
    // The problem that says so is among the findings.
    if (!(error instanceof BrokenCsv)) throw error
    whole = false
  }
  return { headerRow, header: header.names, rows, whole, findings }
}
