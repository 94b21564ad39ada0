import type { ImportReport } from '@eims/contracts'
import { table } from '../output.ts'
import type { Screen } from '../screen.ts'

const SHOWN = 50

/** PURE: what an import came to, for a person. `errorFile`: where the rows that need mending are now. */
export function reportText(report: ImportReport, errorFile: string | null, screen?: Screen): string {
  const { problems, problemsTotal } = report
  const shown = problems.slice(0, SHOWN)
  const parts = [
    verdict(report),
    notes(report),
    shown.length === 0
      ? ''
      : table(
          ['ROW', 'COLUMN', 'VALUE', 'CODE', 'PROBLEM'],
          shown.map(({ row, column, value, code, message }) => [row, column, value, code, message]),
          screen,
        ),
    problemsTotal > shown.length ? `… and ${problemsTotal - shown.length} problems more\n` : '',
    errorFile ? `The rows with their reasons are in ${errorFile}: mend them there and import that file.\n` : '',
  ]
  return parts.filter(Boolean).join('\n')
}

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
    return `Imported ${failed ? `${rows - failed} of ` : ''}${rowsOf(rows)} in ${seconds.toFixed(1)} s: ${counts}.\n`
  if (dryRun) return `Nothing was changed, for this was a dry run. ${rowsOf(rows)}: ${counts}.\n`
  return `Nothing was imported. ${rowsOf(rows)}: would be ${counts}. Mend the problems, or import the good rows alone with --partial.\n`
}

function notes({ unknownColumns, metadataColumns, newBatches, committed }: ImportReport): string {
  const lines = [
    unknownColumns.length > 0 ? `Columns that nobody knows, left out: ${unknownColumns.join(', ')}` : '',
    metadataColumns.length > 0 ? `Columns that are not used here, kept as metadata: ${metadataColumns.join(', ')}` : '',
    newBatches.length > 0 ? `Batches ${committed ? 'made' : 'that would be made'}: ${newBatches.join(', ')}` : '',
  ]
  return lines
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join('')
}
