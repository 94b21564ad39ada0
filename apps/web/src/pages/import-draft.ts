import { type CsvColumn, type ImportQuery, type ImportReport, ProblemError } from '@eims/contracts'
import { useSyncExternalStore } from 'react'
import { reading, readings, server } from '../server/client.ts'
import { useSession } from '../server/session.ts'
import { after, carriedOver, csvOf, type Finding, type Past, placed, type Table } from './import-table.ts'

/** How a list is imported; what is left out stands in its cells. */
export interface Options {
  onExisting: ImportQuery['onExisting']
  isPartial: boolean
  isStrict: boolean
  profile: string
  batch: string
  /** empty: the first that is not hidden */
  sheet: string
  /** what columns of the list are, by their names */
  columns: Readonly<Record<string, CsvColumn | ''>>
}

/** What the server said of a table. */
export interface Checked {
  report: ImportReport
  findings: readonly Finding[]
  /** doubts about the file as it came, which it could not say of the mended table */
  carried: readonly Finding[]
  table: Table
  options: Options
}

/** A list that is looked at, mended and not imported yet. */
export interface Draft {
  /** name of the key with which it was opened */
  owner: string
  name: string
  /** as it came */
  file: Blob
  options: Options
  /** null: the server has not read it yet */
  past: Past | null
  /** whether these are all rows of the file, so that they can be mended */
  isWhole: boolean
  sheets: readonly string[]
  checked: Checked | null
  /** id of the check that is under way */
  checking: string | null
  /** why the last check could not be made */
  wrong: unknown
}

/** An import that was begun here: whether its reply came. */
export interface Sent {
  id: string
  size: number
  /** `lost`: nobody knows yet what became of it */
  state: 'sending' | 'answered' | 'refused' | 'lost'
  wrong: unknown
}

/** Milliseconds without an edit before the server is asked. */
const PAUSE = 700
/** Milliseconds that an import may take. */
const PATIENCE = 3_600_000

const usual: Options = {
  onExisting: 'fail',
  isPartial: false,
  isStrict: false,
  profile: '',
  batch: '',
  sheet: '',
  columns: {},
}

/*
 * It outlives the page, so that whoever looks at the nodes in between finds their edits again; and it is nobody's but of
 * the one who opened it.
 */
let draft: Draft | null = null
let sent: Sent | null = null
let pause: ReturnType<typeof setTimeout> | undefined
let isBusy = false
const listeners = new Set<() => void>()
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
const tell = () => {
  for (const listener of listeners) listener()
}

function change(what: Partial<Draft>): void {
  if (!draft) return
  draft = { ...draft, ...what }
  tell()
}

/** The list that is open, if whoever is signed in opened it. */
export function useDraft(): Draft | null {
  const owner = useSession().data?.name
  const now = useSyncExternalStore(subscribe, () => draft)
  return now?.owner === owner ? now : null
}

/** What became of an import, if it was begun here. */
export const useSent = (id: string): Sent | null => {
  const now = useSyncExternalStore(subscribe, () => sent)
  return now?.id === id ? now : null
}

/** PURE: the table as it is now; null before the server has read it. */
export const tableOf = ({ past }: Draft): Table | null => past?.tables[past.at] ?? null

/** PURE: whether it is another than the file holds. */
export const isMended = ({ past }: Draft): boolean => past !== null && past.tables[past.at] !== past.tables[0]

/** PURE: whether what the server said is of the list as it stands. */
export const isChecked = (of: Draft): boolean =>
  of.checked !== null && of.wrong === null && of.checked.table === tableOf(of) && of.checked.options === of.options

/** Opens a list, in place of the one before. */
export function openDraft(owner: string, name: string, file: Blob): void {
  draft = {
    owner,
    name,
    file,
    options: usual,
    past: null,
    isWhole: true,
    sheets: [],
    checked: null,
    checking: null,
    wrong: null,
  }
  tell()
  void check()
}

export function closeDraft(): void {
  clearTimeout(pause)
  draft = null
  tell()
}

/** Mends the table. */
export function mend(edit: (table: Table) => Table): void {
  const table = draft && tableOf(draft)
  if (!draft?.past || !table || !draft.isWhole) return
  const past = after(draft.past, edit(table))
  if (past.at === draft.past.at && past.tables === draft.past.tables) return
  change({ past })
  checkSoon()
}

/** Takes an edit back (-1), or makes it again (1). */
export function step(by: 1 | -1): void {
  if (!draft?.past?.tables[draft.past.at + by]) return
  change({ past: { ...draft.past, at: draft.past.at + by } })
  checkSoon()
}

/** Says how it is imported. Another sheet is another table. */
export function choose(of: (now: Options) => Partial<Options>): void {
  if (!draft) return
  const options = of(draft.options)
  const isOther = options.sheet !== undefined && options.sheet !== draft.options.sheet
  change({
    options: { ...draft.options, ...options, ...(isOther ? { columns: {} } : {}) },
    ...(isOther ? { past: null, checked: null } : {}),
  })
  checkSoon()
}

function checkSoon(): void {
  clearTimeout(pause)
  pause = setTimeout(() => void check(), PAUSE)
}

/** What goes to the server: the file as it came, which the server knows by its bytes, or, mended, CSV. */
function body(of: Draft): { rawBody: Blob; numberOf?: ReadonlyMap<number, number> } {
  const table = tableOf(of)
  if (!table || !isMended(of)) return { rawBody: of.file }
  const { text, numberOf } = csvOf(table)
  return { rawBody: new Blob([text]), numberOf }
}

function queryOf(of: Draft) {
  const { onExisting, isPartial, isStrict, profile, batch, sheet, columns } = of.options
  return {
    file: of.name,
    onExisting,
    mode: isPartial ? ('partial' as const) : ('atomic' as const),
    strict: isStrict ? ('true' as const) : ('false' as const),
    column: Object.entries(columns).map(([name, column]) => `${name}=${column}`),
    ...(profile === '' ? {} : { profile }),
    ...(batch.trim() === '' ? {} : { batch }),
    ...(sheet === '' || isMended(of) ? {} : { sheet }),
  }
}

/** Asks the server what it would do. One question at a time: what changed meanwhile is asked when it has answered. */
export async function check(): Promise<void> {
  clearTimeout(pause)
  if (isBusy || !draft) return
  const asked = draft
  const id = crypto.randomUUID()
  isBusy = true
  change({ checking: id })
  const isStill = () => draft?.file === asked.file
  try {
    const { rawBody, numberOf } = body(asked)
    const query = { ...queryOf(asked), id, dryRun: 'true' as const, rows: 'true' as const }
    const report = await server('importNodes', { query }, { rawBody, timeout: PATIENCE })
    if (isStill()) hear(asked, report, numberOf)
  } catch (wrong) {
    if (isStill()) change({ wrong })
  } finally {
    isBusy = false
    if (draft?.checking === id) change({ checking: null })
    // What could not be checked is asked for anew when something about it has changed.
    const isOther = draft?.file !== asked.file || draft.options !== asked.options || draft.past !== asked.past
    if (draft && !isChecked(draft) && (draft.wrong === null || isOther)) void check()
  }
}

/** Takes over what the server said. @param asked of which draft */
function hear(asked: Draft, report: ImportReport, numberOf: ReadonlyMap<number, number> | undefined): void {
  const { preview } = report
  if (!preview) throw new Error('the server did not send the rows')
  if (draft?.options.sheet !== asked.options.sheet) return
  const read = { headerRow: preview.headerRow, header: preview.header, rows: rowsOf(preview.rows) }
  const isFirst = !numberOf && (asked.past === null || !preview.whole)
  const table = isFirst ? read : tableOf(asked)!
  const original = isFirst ? read : asked.past!.tables[0]!
  const findings = placed(preview.findings, table, numberOf)
  if (!numberOf) doubts = findings
  const carried = numberOf ? carriedOver(doubts, original, table, findings) : []
  change({
    ...(isFirst ? { past: { tables: [read], at: 0 } } : {}),
    ...(numberOf ? {} : { isWhole: preview.whole, sheets: preview.sheets }),
    checked: { report, findings, carried, table, options: asked.options },
    wrong: null,
  })
}

/** What was found in the file as it came. */
let doubts: readonly Finding[] = []

const rowsOf = (rows: readonly { row: number; cells: string[] }[]) =>
  rows.map(({ row, cells }) => ({ number: row, cells }))

/** Imports it. @returns its id, by which its progress is asked for */
export function send(): string | null {
  if (!draft || !isChecked(draft)) return null
  const of = draft
  const id = crypto.randomUUID()
  const { rawBody } = body(of)
  const become = (state: Sent['state'], wrong: unknown = null) => {
    if (sent?.id === id) sent = { ...sent, state, wrong }
    tell()
    void readings.invalidateQueries({ queryKey: reading.imports })
  }
  sent = { id, size: rawBody.size, state: 'sending', wrong: null }
  tell()
  server('importNodes', { query: { ...queryOf(of), id } }, { rawBody, timeout: PATIENCE }).then(
    ({ committed }) => {
      if (committed && draft?.file === of.file) closeDraft()
      become('answered')
    },
    (wrong: unknown) => become(wrong instanceof ProblemError ? 'refused' : 'lost', wrong),
  )
  return id
}

// Who closes the window with edits in it is asked first; so is who closes it while a file is on its way.
addEventListener('beforeunload', (event) => {
  if ((draft && isMended(draft)) || sent?.state === 'sending') event.preventDefault()
})
