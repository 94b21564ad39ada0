import {
  type ImportFinding,
  type ImportProgress,
  type ImportQuery,
  type ImportReport,
  MOST_IMPORT_ROWS,
  MOST_PREVIEW_FINDINGS,
} from '@eims/contracts'
import { type ImportRow, type ImportVerdict, importNodes, importReferences, type Registry } from '@eims/registry'
import type { Room } from './bounded-file.ts'
import { shownText } from './cell-text.ts'
import { type ColumnMapping, checkMapped } from './column-mapping.ts'
import { type ErrorFile, writeErrorFile } from './error-file.ts'
import { findHeader, type Header, type HeaderProblem, MOST_NAME, readHeader } from './header.ts'
import { type Names, namesOf } from './names.ts'
import { readOverrides } from './overrides.ts'
import { type FilePreview, previewOf } from './preview.ts'
import { type Overrides, readRow } from './read-row.ts'
import { BrokenCsv, type ListFile, type ListRecord, readRecords } from './records.ts'
import { MOST_LINES_BEFORE } from './separator.ts'

interface ImportRun {
  registry: Registry
  /** id of the import */
  id: string
  actor: string
  query: ImportQuery
  file: ListFile
  mapping: ColumnMapping
  sha256: string
  /** where the error file goes */
  errorsPath: string
  room: Room
  onProgress: (progress: Pick<ImportProgress, 'state'> & { rows?: number; fraction?: number }) => void
}

type Outcome = Omit<ImportReport, 'id' | 'file' | 'seconds' | 'errorFile' | 'preview'> & {
  /** null: nobody asked for the rows */
  preview: FilePreview | null
  /** bytes of the error file; null: there is none */
  errorBytes: number | null
}

/**
 * Imports a file that lies on the disk.
 * @throws ProblemError invalid-input for what the query says for all rows
 */
export async function runImport(run: ImportRun): Promise<Outcome> {
  const { registry, id, actor, query, file, mapping, sha256 } = run
  const { mode, onExisting } = query
  const dryRun = query.dryRun === 'true'
  const strict = query.strict === 'true'
  const { line: headerLine, header, problems, notes } = await headerOf(file, mapping)
  checkMapped(query.column, header.names)
  const said = {
    dryRun,
    mode,
    onExisting,
    unknownColumns: header.unknown,
    metadataColumns: [...header.metadata.values()],
    columns: header.meanings,
    notes,
  }
  const preview = (findings: FilePreview['findings']) =>
    query.rows === 'true' ? previewOf(file, headerLine, header, findings) : null
  if (problems.length > 0) {
    const findings = problems.map(({ rows: _rows, count: _count, ...problem }) => ({ ...problem, isWarning: false }))
    return { ...said, ...nothing(problems), preview: await preview(findings), errorBytes: null }
  }
  const known = await importReferences(registry.db)
  let names = namesOf(known)
  const overrides = readOverrides(query, names)
  let broken = false
  const none: ErrorFile = { bytes: null, notes: [] }
  let errors = none
  let shown: FilePreview | null = null
  const verdict = await importNodes(
    registry,
    {
      dryRun,
      mode,
      onExisting,
      strict,
      siteId: known.siteId,
      actor,
      subject: id,
      fileName: query.file ?? null,
      note: { sha256, overrides, ...(query.column.length > 0 ? { columns: query.column } : {}) },
    },
    {
      rows: async function* () {
        names = namesOf(await importReferences(registry.db))
        broken = false
        yield* rowsOf(run, { line: headerLine, header }, names, overrides, () => {
          broken = true
        })
      },
      outcome: () => ({ columns: columnsOf(header), newBatches: names.newBatches(), broken }),
      async judged(found, { commits, problemsTotal }, first) {
        const { errorsPath: path, room } = run
        errors =
          problemsTotal > 0 && !broken
            ? await writeErrorFile(path, { file, header, headerLine, problems: found, all: !commits, room })
            : none
        shown = await preview(query.rows === 'true' ? await first(MOST_PREVIEW_FINDINGS) : [])
      },
      onStage: (state, fraction) => run.onProgress({ state, ...(fraction === undefined ? {} : { fraction }) }),
    },
  )
  const outcome = { ...said, ...countsOf(verdict), notes: [...notes, ...errors.notes] }
  return { ...outcome, preview: shown, errorBytes: errors.bytes }
}

const countsOf = ({ commits, ...counts }: ImportVerdict) => ({ ...counts, committed: commits })

const nothing = (problems: ImportFinding[]) => ({
  committed: false,
  rows: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  newBatches: [],
  problems,
  problemsTotal: problems.length,
  warnings: [],
  warningsTotal: 0,
})

async function headerOf(
  file: ListFile,
  mapping: ColumnMapping,
): Promise<{ line: number; header: Header; problems: ImportFinding[]; notes: string[] }> {
  const lines: ListRecord[] = []
  let above = 0
  try {
    for await (const record of readRecords(file)) {
      if (record.cells.some((cell) => cell.trim() !== '')) lines.push(record)
      else if (lines.length === 0) above++
      if (lines.length === MOST_LINES_BEFORE) break
    }
  } catch (error) {
    if (!(error instanceof BrokenCsv)) throw error
    // Rows before the fault are looked at all the same; whoever reads them comes to it again.
    if (lines.length === 0) return unusable(error.line, { column: '', code: 'broken-csv', message: error.message })
  }
  const found = findHeader(lines, mapping)
  if (!found) return unusable(1, { column: '', code: 'empty-file', message: 'holds nothing' })
  const { line, header, problems } = found
  const isFirst = file.form === 'rows' ? line === 1 : above === 0 && line === lines[0]?.line
  const notes = isFirst ? [] : [`line ${line} is the header; what stands above it was left out`]
  return { line, header, problems: problems.map((problem) => ofFile(line, problem)), notes }
}

const unusable = (line: number, problem: HeaderProblem) => ({
  line,
  header: readHeader([]).header,
  problems: [ofFile(line, problem)],
  notes: [],
})

const ofFile = (row: number, problem: HeaderProblem): ImportFinding => ({
  row,
  value: '',
  ...problem,
  rows: [row],
  count: 1,
})

const columnsOf = (header: Header) => {
  const nameOf = (column: 'Name' | 'Secure') =>
    shownText(header.names[header.places.get(column)?.[0] ?? -1] ?? column, MOST_NAME)
  return { name: nameOf('Name'), secure: nameOf('Secure') }
}

async function* rowsOf(
  { file, onProgress }: ImportRun,
  { line: headerLine, header }: { line: number; header: Header },
  names: Names,
  overrides: Overrides,
  onBroken: () => void,
): AsyncGenerator<ImportRow> {
  const how = { guessed: file.encoding === 'windows-1252', inSheet: file.form === 'rows' }
  let rows = 0
  try {
    for await (const { line, cells, doubts } of readRecords(file, (read) =>
      onProgress({ state: 'reading', rows, fraction: Math.min(1, read / file.size) }),
    )) {
      const row = line <= headerLine ? null : readRow(cells, line, header, names, overrides, { ...how, doubts })
      if (!row) continue
      if (++rows > MOST_IMPORT_ROWS) {
        onBroken()
        yield faulty(
          line,
          'too-many-rows',
          `is beyond the ${MOST_IMPORT_ROWS} rows that one import takes; divide the file`,
        )
        return
      }
      yield row
    }
  } catch (error) {
    if (!(error instanceof BrokenCsv)) throw error
    onBroken()
    yield faulty(error.line, 'broken-csv', error.message)
  }
  onProgress({ state: 'reading', rows, fraction: 1 })
}

/** A row of which nothing is known but that it is wrong. */
const faulty = (row: number, code: 'broken-csv' | 'too-many-rows', message: string): ImportRow => ({
  row,
  name: null,
  manufacturer: null,
  product: null,
  profileId: null,
  batchId: null,
  accountId: null,
  disk: null,
  metadata: null,
  secure: false,
  identifiers: [],
  problems: [{ column: '', value: '', code, message }],
  warnings: [],
})
