import { counted, type ImportProgress, type ImportRecord, type ImportUndo, type LeftNodes } from '@eims/contracts'
import type { Listing } from '../listing.ts'
import { clock, fields, table } from '../output.ts'
import type { Screen, Tint } from '../screen.ts'
import { progressText } from './report-text.ts'

/** So many characters of an import's id are shown: by these it is named again. */
const SHORT = 8
const ROWS_SHOWN = 5

/** PURE: how an import ended, in a word. */
export function outcomeOf({ state, committed, undo }: Pick<ImportRecord, 'committed' | 'undo'> & { state: string }) {
  if (undo) return 'undone'
  return state === 'done' && !committed ? 'refused' : state
}

const tints: Record<string, Tint> = {
  done: 'good',
  running: 'busy',
  refused: 'bad',
  failed: 'bad',
  interrupted: 'bad',
  cancelled: 'warn',
  undone: 'warn',
}
/** What would have been done is no count of what was. */
const did = ({ committed, counts }: ImportRecord, what: 'created' | 'updated') => (committed ? counts?.[what] : null)

/** How the history of imports is shown. */
export const importListing: Listing<ImportRecord> = {
  none: 'no imports\n',
  nameOf: ({ id }) => id,
  columns: [
    { name: 'id', cell: ({ id }) => id.slice(0, SHORT) },
    { name: 'started', cell: ({ startedAt }) => clock(startedAt)?.slice(0, 'YYYY-MM-DD HH:MM'.length) },
    { name: 'who', yields: 3, cell: ({ actor }) => actor },
    { name: 'new', cell: (each) => did(each, 'created') },
    { name: 'changed', cell: (each) => did(each, 'updated') },
    { name: 'unchanged', yields: 1, cell: ({ counts }) => counts?.unchanged },
    { name: 'refused', yields: 4, cell: ({ counts }) => counts?.failed, tint: (cell) => (cell === '0' ? null : 'bad') },
    { name: 'warnings', yields: 2, cell: ({ counts }) => counts?.warnings },
    { name: 'outcome', cell: outcomeOf, tint: (cell) => tints[cell] ?? null },
    { name: 'ended', wide: true, cell: ({ endedAt }) => clock(endedAt) },
    { name: 'batch', wide: true, cell: ({ batch }) => batch },
    { name: 'sha256', wide: true, cell: ({ sha256 }) => sha256 },
    { name: 'full-id', wide: true, cell: ({ id }) => id },
    { name: 'file', cell: ({ file }) => file },
  ],
}

/** PURE: an import with all that is known of it, for a person. */
export function importText(progress: ImportProgress, screen?: Screen): string {
  const { id, file, actor, startedAt, endedAt, sha256, bytes, batch, why, undo, undoable } = progress
  const head = fields(
    [
      ['import', id],
      ['file', file],
      ['who', actor],
      ['started', clock(startedAt)],
      ['ended', clock(endedAt)],
      ['outcome', outcomeOf(progress)],
      ...(why ? [['why', why] as [string, string]] : []),
      ['bytes', bytes],
      ['sha256', sha256],
      ...(batch ? [['batch', batch] as [string, string]] : []),
    ],
    screen,
  )
  const after = undo
    ? undoText(undo, screen)
    : undoable
      ? `It can be undone: ./eims imports undo ${id.slice(0, SHORT)}\n`
      : ''
  return [head, progressText(progress, screen), after].filter(Boolean).join('\n')
}

/** PURE: what undoing an import came to. */
export function undoText(undo: ImportUndo, screen?: Screen): string {
  const { file, id, dryRun, by, at, deleted, restored, left, because } = undo
  const what = `the import ${file ? `of ${file}` : id}`
  const counts = countsText(undo)
  const nothing = deleted + restored === 0
  const first = dryRun
    ? `Nothing was changed, for this was a dry run. Undoing ${what}: ${counts}.\n`
    : nothing
      ? `Nothing of ${what} was undone: ${counts}.\n`
      : `${by} undid ${what} at ${clock(at)}: ${counts}.\n`
  if (left === 0) return first
  const lines = table(
    ['COUNT', 'BY THE IMPORT', 'WHY EACH STAYS', 'ROWS', 'MACHINES'],
    because.map((each) => [each.count, each.kind, each.message, named(each, 'rows'), named(each, 'names')]),
    screen,
    { yields: ['ROWS'] },
  )
  return `${first}\n${lines}`
}

/** PURE: `98 machines removed, 2 as they were before, 3 left as they are`. */
export const countsText = ({ deleted, restored, left }: ImportUndo) =>
  `${counted(deleted, 'machine')} removed, ${restored} as before the import, ${left} left as they are`

function named({ count, rows, names }: LeftNodes, what: 'rows' | 'names'): string {
  const all = what === 'rows' ? rows : names
  const shown = all.slice(0, ROWS_SHOWN)
  const more = count - shown.length
  return shown.length > 0 && more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
