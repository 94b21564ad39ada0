import { useVirtualizer } from '@tanstack/react-virtual'
import { type ClipboardEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { useSpoken } from '../shown/language.tsx'
import { importWords } from '../words/import.ts'
import type { Finding, Row, Table } from './import-table.ts'

const ROW = 32
const NUMBERS = 72
/** Pixels of a character, and of what stands beside the text in a cell. */
const CHARACTER = 7.6
const BESIDE = 46
/** Rows that a page key goes. */
const PAGE = 15
/** The longest cell that is taken. */
const MOST_CELL = 131_072
/** Characters of a cell that are drawn: it has no room for more. */
const DRAWN = 80

/** A cell, by the place of its row among those that are shown, and its column's. */
export interface At {
  index: number
  place: number
}

interface GridParts {
  table: Table
  /** those of its rows that are shown */
  rows: readonly Row[]
  widths: readonly number[]
  at: At
  onAt: (at: At) => void
  /** what is said of a cell, or with null of the row as a whole */
  findingsOf: (row: Row, place: number | null) => readonly Finding[]
  isChanged: (row: Row, place: number) => boolean
  /** a code in a word or three */
  says: (code: string) => string
  /** what a column is taken for, below its name */
  headOf: (place: number) => ReactNode
  isReadOnly: boolean
  editing: string | null
  onEditing: (text: string | null) => void
  onCell: (row: Row, place: number, text: string) => void
  onBlock: (text: string) => void
  onStep: (by: 1 | -1) => void
}

/** A list in which one moves by the arrows and types; only what is in sight is there, however long and wide it is. */
export function ImportGrid(parts: GridParts) {
  const { table, rows, widths, at, onAt, isReadOnly, editing, onEditing } = parts
  const words = useSpoken(importWords)
  const scroller = useRef<HTMLDivElement>(null)
  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => rows[index]?.number ?? index,
    overscan: 10,
    scrollPaddingStart: 72,
    scrollPaddingEnd: ROW,
  })
  const across = useVirtualizer({
    horizontal: true,
    count: table.header.length,
    getScrollElement: () => scroller.current,
    estimateSize: (place) => Math.round((widths[place] ?? 9) * CHARACTER + BESIDE),
    overscan: 2,
    scrollPaddingStart: NUMBERS,
  })
  const columns = across.getVirtualItems()
  const lines = down.getVirtualItems()
  useEffect(() => down.scrollToIndex(at.index), [down, at.index])
  useEffect(() => across.scrollToIndex(at.place), [across, at.place])
  useEffect(() => across.measure(), [across, widths])
  const width = NUMBERS + across.getTotalSize()
  const current = rows[at.index]
  const go = (index: number, place: number) =>
    onAt({
      index: Math.max(0, Math.min(rows.length - 1, index)),
      place: Math.max(0, Math.min(table.header.length - 1, place)),
    })
  const leave = (text: string | null, by: readonly [down: number, across: number] | null) => {
    if (text !== null && current) parts.onCell(current, at.place, text)
    onEditing(null)
    if (!by) return
    scroller.current?.focus()
    go(at.index + by[0], at.place + by[1])
  }
  const begin = (text: string) => {
    if (!isReadOnly && current) onEditing(text)
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event
    const isCommand = ctrlKey || metaKey
    const { index, place } = at
    const last = { index: rows.length - 1, place: table.header.length - 1 }
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(index + 1, place),
      ArrowUp: () => go(index - 1, place),
      ArrowRight: () => go(index, place + 1),
      ArrowLeft: () => go(index, place - 1),
      PageDown: () => go(index + PAGE, place),
      PageUp: () => go(index - PAGE, place),
      Home: () => go(isCommand ? 0 : index, 0),
      End: () => go(isCommand ? last.index : index, last.place),
      Enter: () => begin(current?.cells[place] ?? ''),
      F2: () => begin(current?.cells[place] ?? ''),
      Delete: () => (isReadOnly || !current ? undefined : parts.onCell(current, place, '')),
      Backspace: () => begin(''),
    }
    if (isCommand && key.toLowerCase() === 'z') parts.onStep(shiftKey ? 1 : -1)
    else if (isCommand && key.toLowerCase() === 'y') parts.onStep(1)
    else if (!altKey && moves[key] && (!isCommand || ['Home', 'End'].includes(key))) moves[key]()
    else if (!isCommand && !altKey && key.length === 1) begin(key)
    else return
    event.preventDefault()
  }
  const copied = (event: ClipboardEvent) => {
    if (event.target !== event.currentTarget || !current) return
    event.clipboardData.setData('text/plain', current.cells[at.place] ?? '')
    event.preventDefault()
  }
  const pasted = (event: ClipboardEvent) => {
    if (event.target !== event.currentTarget) return
    event.preventDefault()
    if (!isReadOnly) parts.onBlock(event.clipboardData.getData('text/plain'))
  }
  return (
    <div
      className="sheet"
      role="grid"
      aria-label={words.table}
      aria-rowcount={rows.length + 1}
      aria-colcount={table.header.length + 1}
      aria-readonly={isReadOnly}
      aria-activedescendant={lines.some(({ index }) => index === at.index) ? idOf(at.index, at.place) : undefined}
      aria-describedby="import-keys"
      tabIndex={0}
      ref={scroller}
      onKeyDown={pressed}
      onCopy={copied}
      onPaste={pasted}
    >
      <div role="rowgroup" className="sheet-head" style={{ width }}>
        <div role="row" aria-rowindex={1}>
          <div role="columnheader" className="numbers" aria-colindex={1}>
            {words.row}
          </div>
          {columns.map(({ index: place, start, size }) => (
            <div
              key={place}
              role="columnheader"
              aria-colindex={place + 2}
              className="column"
              style={{ left: NUMBERS + start, width: size }}
            >
              <span className={table.header[place] ? 'name' : 'name dim'} title={table.header[place]?.slice(0, 500)}>
                {table.header[place] || words.noName}
              </span>
              {parts.headOf(place)}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ height: down.getTotalSize(), width, position: 'relative' }}>
        {lines.map(({ index, key, start }) => {
          const row = rows[index]!
          const ofRow = parts.findingsOf(row, null)
          return (
            <div
              key={key}
              role="row"
              aria-rowindex={index + 2}
              className="line"
              style={{ height: ROW, transform: `translateY(${start}px)` }}
            >
              <div
                role="rowheader"
                aria-colindex={1}
                className={`numbers ${toneOf(ofRow)}`}
                title={sentences(ofRow, parts.says)}
              >
                {ofRow.length > 0 ? <FindingMark isWarning={ofRow.every(({ isWarning }) => isWarning)} /> : null}
                {row.number}
              </div>
              {columns.map(({ index: place, start: left, size }) => {
                const isHere = index === at.index && place === at.place
                const found = parts.findingsOf(row, place)
                const text = row.cells[place] ?? ''
                const isBad = found.some(({ isWarning }) => !isWarning)
                const tone = parts.isChanged(row, place) ? 'changed' : toneOf(found)
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the grid's, which has the focus
                  <div
                    key={place}
                    id={idOf(index, place)}
                    role="gridcell"
                    aria-colindex={place + 2}
                    aria-selected={isHere}
                    aria-invalid={isBad || undefined}
                    aria-describedby={isHere ? 'import-cell' : undefined}
                    className={`cell ${tone}`}
                    style={{ left: NUMBERS + left, width: size }}
                    title={
                      found.length > 0
                        ? sentences(found, parts.says)
                        : text.length > 24
                          ? text.slice(0, 500)
                          : undefined
                    }
                    onClick={() => go(index, place)}
                    onDoubleClick={() => begin(text)}
                  >
                    {isHere && editing !== null ? (
                      <CellInput
                        text={editing}
                        label={words.cellOf(String(row.number), table.header[place] ?? '')}
                        onLeave={leave}
                      />
                    ) : (
                      <>
                        <span className="text">{text.slice(0, DRAWN)}</span>
                        {found.length > 0 ? <FindingMark isWarning={!isBad} /> : null}
                      </>
                    )}
                  </div>
                )
              })}
            </div>
          )
        })}
      </div>
    </div>
  )
}

const idOf = (index: number, place: number) => `cell-${index}-${place}`

const toneOf = (found: readonly Finding[]) =>
  found.length === 0 ? '' : found.every(({ isWarning }) => isWarning) ? 'doubtful' : 'bad'

const sentences = (found: readonly Finding[], says: (code: string) => string): string | undefined =>
  found.length === 0 ? undefined : found.map(({ code, message }) => `${says(code)}: ${message}`).join('\n')

/** Says that a cell is wrong, or doubtful, to whoever sees no colours. */
export const FindingMark = ({ isWarning }: { isWarning: boolean }) => (
  <svg className={isWarning ? 'finding doubtful' : 'finding bad'} viewBox="0 0 16 16" aria-hidden="true">
    <path d={isWarning ? 'M8 2.500L14.500 13.500H1.500ZM8 6.500V9.500M8 11.500V11.600' : 'M4 4l8 8M12 4l-8 8'} />
  </svg>
)

/** Where a cell is typed. Enter and Tab take what was typed, Escape does not; so does going elsewhere. */
function CellInput({
  text,
  label,
  onLeave,
}: {
  text: string
  label: string
  /** @param by where to go from there; null: the focus is elsewhere already */
  onLeave: (text: string | null, by: readonly [down: number, across: number] | null) => void
}) {
  const [typed, setTyped] = useState(text)
  const isOver = useRef(false)
  const leave: typeof onLeave = (what, by) => {
    if (isOver.current) return
    isOver.current = true
    onLeave(what, by)
  }
  return (
    <input
      className="cell-input"
      aria-label={label}
      value={typed}
      maxLength={MOST_CELL}
      spellCheck={false}
      autoComplete="off"
      // biome-ignore lint/a11y/noAutofocus: it takes the place of the cell in which somebody began to type
      autoFocus
      onChange={({ target }) => setTyped(target.value)}
      onFocus={({ currentTarget }) => currentTarget.setSelectionRange(text.length, text.length)}
      onBlur={() => leave(typed, null)}
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        const back = event.shiftKey ? -1 : 1
        const ways: Record<string, Parameters<typeof onLeave>> = {
          Enter: [typed, [back, 0]],
          Tab: [typed, [0, back]],
          Escape: [null, [0, 0]],
        }
        const way = event.nativeEvent.isComposing ? undefined : ways[event.key]
        if (!way) return
        event.preventDefault()
        leave(...way)
      }}
    />
  )
}
