import {
  type ImportFinding,
  type ImportProgress,
  type ImportQuery,
  type ImportReport,
  MOST_IMPORT_ROWS,
} from '@eims/contracts'
import { type ImportRow, type ImportVerdict, importNodes, importReferences, type Registry } from '@eims/registry'
import { shownText } from './cell-text.ts'
import { writeErrorFile } from './error-file.ts'
import { type Header, type HeaderProblem, MOST_NAME, readHeader } from './header.ts'
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
  const strict = query.strict === 'true'
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
    {
      dryRun,
      mode,
      onExisting,
      strict,
      siteId: known.siteId,
      actor,
      subject: id,
      fileName: query.file ?? null,
      note: { sha256, overrides },
    },
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

async function headerOf(file: CsvFile): Promise<{ header: Header; problems: ImportFinding[] }> {
  try {
    for await (const { line, cells } of readRecords(file)) {
      const { header, problems } = readHeader(cells)
      return { header, problems: problems.map((problem) => ofFile(line, problem)) }
    }
  } catch (error) {
    if (!(error instanceof BrokenCsv)) throw error
    const problem = { column: '', code: 'broken-csv', message: error.message } as const
    return { header: readHeader([]).header, problems: [ofFile(error.line, problem)] }
  }
  const problem = { column: '', code: 'empty-file', message: 'holds nothing' } as const
  return { header: readHeader([]).header, problems: [ofFile(1, problem)] }
}

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
  { file, bytes, onProgress }: ImportRun,
  header: Header,
  names: Names,
  overrides: Overrides,
  onBroken: () => void,
): AsyncGenerator<ImportRow> {
  const guessed = file.encoding === 'windows-1252'
  let first = true
  let rows = 0
  try {
    for await (const { line, cells } of readRecords(file, (read) =>
      onProgress({ state: 'reading', rows, fraction: Math.min(1, read / bytes) }),
    )) {
      const row = first ? null : readRow(cells, line, header, names, overrides, guessed)
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
  warnings: [],
})
