import {
  type ImportProblem,
  type ImportProgress,
  type ImportQuery,
  type ImportReport,
  MOST_IMPORT_ROWS,
} from '@eims/contracts'
import { type ImportRow, type ImportVerdict, importNodes, importReferences, type Registry } from '@eims/registry'
import { shownText } from './cell-text.ts'
import { writeErrorFile } from './error-file.ts'
import { type Header, MOST_NAME, readHeader } from './header.ts'
import { type Names, namesOf } from './names.ts'
import { readOverrides } from './overrides.ts'
import { type Overrides, readRow } from './read-row.ts'
import { BrokenCsv, type CsvFile, readRecords } from './records.ts'

interface ImportRun {
  registry: Registry
  /** id of the import */
  id: string
  actor: string
  query: ImportQuery
  file: CsvFile
  sha256: string
  bytes: number
  /** where the error file goes */
  errorsPath: string
  onProgress: (progress: Pick<ImportProgress, 'state'> & { rows?: number; fraction?: number }) => void
}

type Outcome = Omit<ImportReport, 'id' | 'file' | 'seconds' | 'errorFile'> & { hasErrorFile: boolean }

/**
 * Imports a file that lies on the disk.
 * @throws ProblemError invalid-input for what the query says for all rows
 */
export async function runImport(run: ImportRun): Promise<Outcome> {
  const { registry, id, actor, query, file, sha256 } = run
  const { mode, onExisting } = query
  const dryRun = query.dryRun === 'true'
  const { header, problems } = await headerOf(file)
  const said = {
    dryRun,
    mode,
    onExisting,
    unknownColumns: header.unknown,
    metadataColumns: [...header.metadata.values()],
  }
  if (problems.length > 0) return { ...said, ...nothing(problems), hasErrorFile: false }
  const known = await importReferences(registry.db)
  let names = namesOf(known)
  const overrides = readOverrides(query, names)
  let broken = false
  let hasErrorFile = false
  const verdict = await importNodes(
    registry,
    { dryRun, mode, onExisting, siteId: known.siteId, actor, subject: id, note: { sha256, overrides } },
    {
      rows: async function* () {
        names = namesOf(await importReferences(registry.db))
        broken = false
        yield* rowsOf(run, header, names, overrides, () => {
          broken = true
        })
      },
      outcome: () => ({ columns: columnsOf(header), newBatches: names.newBatches(), broken }),
      async judged(found, { commits, problemsTotal }) {
        hasErrorFile = problemsTotal > 0 && !broken
        if (hasErrorFile) await writeErrorFile(run.errorsPath, { file, header, problems: found, all: !commits })
      },
      onStage: (state, fraction) => run.onProgress({ state, ...(fraction === undefined ? {} : { fraction }) }),
    },
  )
  return { ...said, ...countsOf(verdict), hasErrorFile }
}

const countsOf = ({ commits, ...counts }: ImportVerdict) => ({ ...counts, committed: commits })

const nothing = (problems: ImportProblem[]) => ({
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
})

async function headerOf(file: CsvFile): Promise<{ header: Header; problems: ImportProblem[] }> {
  try {
    for await (const { line, cells } of readRecords(file)) {
      const { header, problems } = readHeader(cells)
      return { header, problems: problems.map((problem) => ({ row: line, value: '', ...problem })) }
    }
  } catch (error) {
    if (!(error instanceof BrokenCsv)) throw error
    const problem = { row: error.line, column: '', value: '', code: 'broken-csv', message: error.message }
    return { header: readHeader([]).header, problems: [problem] }
  }
  const problem = { row: 1, column: '', value: '', code: 'empty-file', message: 'holds nothing' }
  return { header: readHeader([]).header, problems: [problem] }
}

const columnsOf = (header: Header) => {
  const nameOf = (column: 'Name' | 'Secure') =>
    shownText(header.names[header.places.get(column)?.[0] ?? -1] ?? column, MOST_NAME)
  return { name: nameOf('Name'), secure: nameOf('Secure') }
}

async function* rowsOf(
  { file, bytes, onProgress }: ImportRun,
  header: Header,
  names: Names,
  overrides: Overrides,
  onBroken: () => void,
): AsyncGenerator<ImportRow> {
  let first = true
  let rows = 0
  try {
    for await (const { line, cells } of readRecords(file, (read) =>
      onProgress({ state: 'reading', rows, fraction: Math.min(1, read / bytes) }),
    )) {
      const row = first ? null : readRow(cells, line, header, names, overrides)
      first = false
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
})
