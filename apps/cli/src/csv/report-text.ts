import type { ImportFinding, ImportProgress, ImportReport } from '@eims/contracts'
import { harmless } from '../harmless.ts'
import { table } from '../output.ts'
import { paint, type Screen } from '../screen.ts'
import { clip } from '../text-width.ts'
import { wrap } from '../wrap.ts'

const SHOWN = 50
const ROWS_SHOWN = 5

/** PURE: what an import came to, for a person. `errorFile`: where the rows that need mending are now. */
export function reportText(report: ImportReport, errorFile: string | null, screen?: Screen): string {
  const { problems, problemsTotal, warnings, warningsTotal } = report
  const parts = [
    lines([verdict(report)], screen),
    lines(notes(report), screen),
    findings('PROBLEM', problems, problemsTotal, screen),
    findings('WARNING', warnings, warningsTotal, screen),
    warningsTotal > 0 ? lines([`${doubted(report)} --strict holds them back.`], screen) : '',
    errorFile
      ? lines([`The rows with their reasons are in ${errorFile}: mend them there and import that file.`], screen)
      : '',
  ]
  return parts.filter(Boolean).join('\n')
}

/** PURE: how far an import is, or what it came to. */
export function progressText({ state, rows, bytes, report }: ImportProgress, screen?: Screen): string {
  if (report) return reportText(report, report.errorFile, screen)
  if (state === 'cancelled') return 'Cancelled; nothing of it was written.\n'
  if (state === 'failed') return 'Failed. Import the file again, that is safe.\n'
  if (state === 'interrupted')
    return 'Interrupted by the end of its service; nothing of it was written. Import the file again.\n'
  if (state === 'done') return 'Done; its report was not kept.\n'
  return `Under way (${state}): ${bytes} bytes, ${rowsOf(rows)} so far.\n`
}

function findings(what: string, all: ImportFinding[], total: number, screen?: Screen): string {
  const shown = all.slice(0, SHOWN)
  if (shown.length === 0) return ''
  const more = total - shown.reduce((sum, { count }) => sum + count, 0)
  const text =
    screen && screen.columns !== null
      ? `${paint(`${what}S`, 'bold', screen)}\n${shown.map((each) => entry(each, screen.columns ?? 0)).join('')}`
      : table(
          ['ROW', 'COLUMN', 'VALUE', 'CODE', what],
          shown.map((each) => [rowsText(each), each.column, each.value, each.code, each.message]),
        )
  return `${text}${more > 0 ? `\n… and ${more} ${what.toLowerCase()}s more\n` : ''}`
}

/** How much of a value is shown where lines are short; the rest is in the error file. */
const SHOWN_VALUE = 40

/** For a terminal, where a table has no room for what is wrong. */
function entry(found: ImportFinding, columns: number): string {
  const { column, code, message } = found
  const value = clip(harmless(found.value.replace(/\s+/g, ' ')), SHOWN_VALUE)
  const where = `row ${rowsText(found)}${column && `, ${harmless(column)}`}${value && ` "${value}"`}:`
  return `${wrap(where, columns, '  ')}${wrap(`${harmless(message)} (${code})`, columns, '      ')}`
}

/** Each goes on below itself on a terminal. */
const lines = (all: string[], screen?: Screen): string =>
  all.map((line) => (screen && screen.columns !== null ? wrap(line, screen.columns) : `${line}\n`)).join('')

/** PURE: `4`; `4, 5 and 98 more`. A row can have the same thing several times. */
export function rowsText({ rows, count }: Pick<ImportFinding, 'rows' | 'count'>): string {
  const named = rows.slice(0, ROWS_SHOWN)
  const more = count - named.length
  const all = named.join(', ')
  if (more <= 0) return all
  return rows.length === 1 ? `${all} (${count} times)` : `${all} and ${more} more`
}

const doubted = ({ committed, warningsTotal }: ImportReport) =>
  `${warningsTotal} ${warningsTotal === 1 ? 'warning is' : 'warnings are'} about rows that ${committed ? 'were' : 'would be'} imported all the same;`

/** PURE: whether a script may go on. */
export const isGood = ({ dryRun, committed, problemsTotal }: ImportReport): boolean =>
  problemsTotal === 0 && (committed || dryRun)

const rowsOf = (count: number) => `${count} ${count === 1 ? 'row' : 'rows'}`

function verdict(report: ImportReport): string {
  const { committed, dryRun, rows, created, updated, unchanged, skipped, failed, seconds } = report
  const counts = [
    `${created} new`,
    `${updated} changed`,
    `${unchanged} unchanged`,
    ...(skipped ? [`${skipped} skipped`] : []),
    ...(failed ? [`${failed} with problems`] : []),
  ].join(', ')
  if (committed)
    return `Imported ${failed ? `${rows - failed} of ` : ''}${rowsOf(rows)} in ${seconds.toFixed(1)} s: ${counts}.`
  if (rows === 0)
    return dryRun ? 'Nothing was changed, for this was a dry run; no row was read.' : 'Nothing was imported.'
  if (dryRun) return `Nothing was changed, for this was a dry run. ${rowsOf(rows)}: ${counts}.`
  return `Nothing was imported. ${rowsOf(rows)}: would be ${counts}. Mend the problems, or import the good rows alone with --partial.`
}

function notes({ notes, columns, unknownColumns, metadataColumns, newBatches, committed }: ImportReport): string[] {
  const renamed = columns.filter(({ name, column }) => name.toLowerCase() !== column.toLowerCase())
  return [
    ...notes.map((note) => `${note[0]?.toUpperCase()}${note.slice(1)}`),
    renamed.length > 0
      ? `Columns by another name: ${renamed.map(({ name, column }) => `${name} = ${column || 'left out'}`).join(', ')}`
      : '',
    unknownColumns.length > 0 ? `Columns that nobody knows, left out: ${unknownColumns.join(', ')}` : '',
    metadataColumns.length > 0 ? `Columns that are not used here, kept as metadata: ${metadataColumns.join(', ')}` : '',
    newBatches.length > 0
      ? `Batch${newBatches.length > 1 ? 'es' : ''} ${committed ? 'made' : 'that would be made'}: ${newBatches.join(', ')}`
      : '',
  ].filter(Boolean)
}
