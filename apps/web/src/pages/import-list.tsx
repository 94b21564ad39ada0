import { useMemo, useState } from 'react'
import { PushButton } from '../shown/button.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Loading, Notice, wrongOf } from '../shown/states.tsx'
import { importWords } from '../words/import.ts'
import { briefly, findingWords } from '../words/import-findings.ts'
import { type Checked, check, type Draft, isMended, mend, step, tableOf } from './import-draft.ts'
import { FindingText } from './import-found.tsx'
import { type At, FindingMark, ImportGrid } from './import-grid.tsx'
import { ListHead, SoFar } from './import-head.tsx'
import { ColumnMeaning, FoundKinds, HowImported } from './import-side.tsx'
import {
  type Finding,
  type Kind,
  kindsOf,
  meaningsOf,
  type Row,
  type Table,
  widthsOf,
  withBlock,
  withCell,
  withHeader,
  withoutRow,
} from './import-table.ts'

/** A list that is open. */
export function ImportList({ draft }: { draft: Draft }) {
  const words = useSpoken(importWords)
  const shared = useWords()
  const table = tableOf(draft)
  if (table) return <Opened draft={draft} table={table} />
  return (
    <div className="page import-page">
      <ListHead draft={draft} />
      {draft.wrong === null ? (
        <div role="status">
          <p className="dim">
            {words.reading} <SoFar id={draft.checking} />
          </p>
          <Loading rows={8} />
        </div>
      ) : (
        <Notice title={words.unreadable} help={wrongOf(draft.wrong, shared)} tone="bad">
          <PushButton onPress={() => void check()}>{shared.tryAgain}</PushButton>
        </Notice>
      )}
    </div>
  )
}

const none: readonly Finding[] = []
/** What is wrong with the file, and with no row of it. */
const ofFile = new Set(['empty-file', 'broken-csv', 'too-many-rows'])
/** What is mended above the columns, of which the server's words do not speak. */
const ofColumns = new Set(['no-identifier-column', 'duplicate-column'])

/** What was said of the table's cells, as long as they are what it was said of. */
function useFindings(checked: Checked | null) {
  const all = useMemo(() => [...(checked?.findings ?? []), ...(checked?.carried ?? [])], [checked])
  const byRow = useMemo(() => Map.groupBy(all, ({ row }) => row), [all])
  const before = useMemo(() => new Map(checked?.table.rows.map((row) => [row.number, row])), [checked])
  const isChanged = (row: Row, place: number) => {
    const then = before.get(row.number)
    return then !== undefined && then !== row && (then.cells[place] ?? '') !== (row.cells[place] ?? '')
  }
  const findingsOf = (row: Row, place: number | null): readonly Finding[] =>
    byRow.get(row.number)?.filter((each) => each.place === place && (place === null || !isChanged(row, place))) ?? none
  return { all, isChanged, findingsOf }
}

/** Its table with what the server said of it, and how it is imported. */
function Opened({ draft, table }: { draft: Draft; table: Table }) {
  const words = useSpoken(importWords)
  const said = useSpoken(findingWords)
  const { checked, isWhole } = draft
  const [at, setAt] = useState<At>({ index: 0, place: 0 })
  const [editing, setEditing] = useState<string | null>(null)
  // Rows that were mended since stay in sight: what is being typed keeps its row.
  const [only, setOnly] = useState<Pick<Kind, 'code' | 'rows'> | null>(null)
  const { all, isChanged, findingsOf } = useFindings(checked)
  const kinds = useMemo(() => {
    const ofRows = checked?.findings.filter(({ row, code }) => row > checked.table.headerRow && !ofFile.has(code))
    return checked ? kindsOf(checked.report, ofRows ?? [], checked.carried) : []
  }, [checked])
  const rows = useMemo(
    () => (only ? table.rows.filter(({ number }) => only.rows.has(number)) : table.rows),
    [table.rows, only],
  )
  const widths = useMemo(() => widthsOf(draft.past?.tables[0] ?? table), [draft.past?.tables, table])
  const meanings = checked ? meaningsOf(table.header, checked.report) : []
  const here = {
    index: Math.max(0, Math.min(at.index, rows.length - 1)),
    place: Math.min(at.place, table.header.length - 1),
  }
  const current = rows[here.index]
  const says = (code: string) => briefly(said, code)
  const show = (code: string | null) => {
    setOnly(kinds.find((each) => each.code === code) ?? null)
    const first = all.find((each) => each.code === code)
    setAt({ index: 0, place: code === null ? here.place : (first?.place ?? 0) })
  }
  return (
    <div className="page import-page open">
      <ListHead draft={draft} />
      <Strip
        draft={draft}
        table={table}
        of={all.filter(({ row, code }) => row <= table.headerRow || ofFile.has(code))}
      />
      <div className="import-work">
        <div className="import-sheet">
          {rows.length === 0 ? (
            <Notice
              title={isMended(draft) ? words.noRows : words.noRowsFile}
              help={isMended(draft) ? words.noRowsHelp : words.noRowsFileHelp}
            />
          ) : (
            <ImportGrid
              table={table}
              rows={rows}
              widths={widths}
              at={here}
              onAt={setAt}
              findingsOf={findingsOf}
              isChanged={isChanged}
              says={says}
              headOf={(place) => <ColumnMeaning name={table.header[place] ?? ''} meaning={meanings[place]} />}
              isReadOnly={!isWhole}
              editing={editing}
              onEditing={setEditing}
              onCell={(row, place, text) => mend((now) => withCell(now, row.number, place, text))}
              onBlock={(text) => {
                const numbers = rows.slice(here.index).map(({ number }) => number)
                mend((now) => withBlock(now, numbers, here.place, text))
              }}
              onStep={step}
            />
          )}
          {current ? (
            <CellBar
              row={current}
              place={here.place}
              column={table.header[here.place] || words.noName}
              found={[...findingsOf(current, here.place), ...findingsOf(current, null)]}
              isChanged={isChanged(current, here.place)}
              onEdit={isWhole ? () => setEditing(current.cells[here.place] ?? '') : null}
            />
          ) : null}
        </div>
        <aside className="import-side">
          <FoundKinds kinds={kinds} isKnown={checked !== null} says={says} shown={only?.code ?? null} onShow={show} />
          <HowImported draft={draft} />
        </aside>
      </div>
    </div>
  )
}

/** What is to be known of the list as a whole. */
function Strip({ draft, table, of }: { draft: Draft; table: Table; of: readonly Finding[] }) {
  const words = useSpoken(importWords)
  const said = useSpoken(findingWords)
  const shared = useWords()
  const count = useCount()
  const isBroken = of.some(({ code }) => ofFile.has(code))
  const wrong = draft.wrong === null ? null : wrongOf(draft.wrong, shared)
  if (of.length === 0 && wrong === null && draft.isWhole) return null
  return (
    <div className="import-strip">
      {wrong === null ? null : (
        <p className="wrong" role="alert">
          {wrong}
        </p>
      )}
      {of.map((each) => (
        <p key={`${each.code} ${each.column}`}>
          <FindingMark isWarning={false} /> {each.column === '' ? null : `${each.column}: `}
          {ofColumns.has(each.code) ? (
            <>
              <b>{briefly(said, each.code)}.</b> {words.tellColumns}
            </>
          ) : (
            <FindingText of={each} />
          )}
        </p>
      ))}
      {isBroken ? <p>{words.partOfBroken}</p> : null}
      {draft.isWhole || isBroken ? null : (
        <p>{words.partOf(count(table.rows.length), count(draft.checked?.report.rows ?? 0))}</p>
      )}
      {draft.isWhole && of.some(({ code }) => code === 'no-identifier-column') ? (
        <PushButton onPress={() => mend((now) => withHeader(now, (number) => words.columnName(String(number))))}>
          {words.noHeader}
        </PushButton>
      ) : null}
    </div>
  )
}

/** The cell where one is: all of its text, what was found in it, and what can be done. */
function CellBar({
  row,
  place,
  column,
  found,
  isChanged,
  onEdit,
}: {
  row: Row
  place: number
  column: string
  found: readonly Finding[]
  isChanged: boolean
  /** null: it cannot be edited */
  onEdit: (() => void) | null
}) {
  const words = useSpoken(importWords)
  const text = row.cells[place] ?? ''
  return (
    <div className="cell-bar">
      <div id="import-cell">
        <p>
          <b>{words.cellOf(String(row.number), column)}</b>{' '}
          {text === '' ? (
            <span className="dim">{words.emptyCell}</span>
          ) : (
            <span className="mono">{text.slice(0, 500)}</span>
          )}
        </p>
        {found.map((each, index) => (
          <p key={index}>
            <FindingMark isWarning={each.isWarning} /> <FindingText of={each} />
          </p>
        ))}
        {isChanged ? <p className="dim">{words.changedCell}</p> : null}
      </div>
      {onEdit ? (
        <div className="actions">
          <PushButton onPress={onEdit}>{words.editCell}</PushButton>
          <PushButton onPress={() => mend((now) => withoutRow(now, row.number))}>{words.deleteRow}</PushButton>
        </div>
      ) : null}
      <p id="import-keys" className={onEdit ? 'small dim' : 'hidden'}>
        {words.keys}
      </p>
    </div>
  )
}
