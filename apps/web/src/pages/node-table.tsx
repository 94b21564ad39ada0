import type { Node } from '@eims/contracts'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, type MouseEvent, memo, useEffect, useMemo, useRef } from 'react'
import { useLocation } from 'wouter'
import { addressOfNode } from '../addresses.ts'
import { rowRenewal } from '../server/rows.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { tell } from '../shown/told.tsx'
import { bulkWords } from '../words/bulk.ts'
import type { Column } from './node-columns.tsx'
import { orderAfter } from './node-query.ts'
import { MOST_LEFT_OUT, type Selection, useChosenCount, useIsAll, useIsChosen } from './node-selection.ts'

const ROW = 46
/** Between columns, and of the one with the ticks, in rem. */
const GAP = 0.5
const TICKS = 1.5
/** Rows before the end of what is loaded at which the next page is asked for. */
const AHEAD = 30

interface TableParts {
  nodes: readonly Node[]
  /** how many there are altogether */
  total: number
  columns: readonly Column[]
  orderBy: string
  onOrder: (orderBy: string) => void
  /** the end of what is loaded comes near */
  onEnd: () => void
  /** null: nothing can be chosen */
  selection: Selection | null
}

/** The list of nodes: only the rows that are in sight are there, however many there are. */
export function NodeTable({ nodes, total, columns, orderBy, onOrder, onEnd, selection }: TableParts) {
  const words = useWords()
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => nodes[index]!.id,
    overscan: 8,
  })
  const inSight = rows.getVirtualItems()
  const last = inSight.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= nodes.length - AHEAD) onEnd()
  })
  useEffect(() => rowRenewal.see(inSight.map(({ index }) => nodes[index]!.id)))
  useEffect(() => () => rowRenewal.see([]), [])
  const hasTicks = selection !== null
  const grid = useMemo<CSSProperties>(() => {
    const widths = columns.map(
      ({ width: [least, share] }) => `minmax(${least}rem, ${share === 0 ? `${least}rem` : `${share}fr`})`,
    )
    return { gridTemplateColumns: [...(hasTicks ? [`${TICKS}rem`] : []), ...widths].join(' ') }
  }, [columns, hasTicks])
  const least = columns.reduce((sum, { width }) => sum + width[0] + GAP, 2 - GAP + (hasTicks ? TICKS + GAP : 0))
  const list = useRef(nodes)
  list.current = nodes
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div className="table-box" ref={scroller} tabIndex={0} role="group" aria-label={words.nodes}>
      <div
        role="table"
        aria-label={words.nodes}
        aria-rowcount={total + 1}
        className="table"
        style={{ minWidth: `${least}rem` }}
      >
        <div role="rowgroup" className="table-head">
          <div role="row" aria-rowindex={1} className="row" style={grid}>
            {selection ? <TickAll selection={selection} nodes={nodes} /> : null}
            {columns.map(({ name, order }) => (
              <div key={name} role="columnheader" aria-sort={order ? sorted(orderBy, order) : undefined}>
                {order ? (
                  <button type="button" onClick={() => onOrder(orderAfter(orderBy, order))}>
                    {words.columns[name]}
                    <span aria-hidden="true">{orderBy === order ? '↑' : orderBy === `${order} desc` ? '↓' : ''}</span>
                  </button>
                ) : (
                  words.columns[name]
                )}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {inSight.map(({ index, key, start }) => (
            <Row
              key={key}
              node={nodes[index]!}
              index={index}
              start={start}
              columns={columns}
              grid={grid}
              list={list}
              selection={selection}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

interface RowParts {
  node: Node
  index: number
  /** pixels from the top of the list */
  start: number
  columns: readonly Column[]
  grid: CSSProperties
  /** what is loaded, for a range of ticks: read only then, so that a row is not made anew when the list is */
  list: { readonly current: readonly Node[] }
  selection: Selection | null
}

const Row = memo(function Row({ node, index, start, columns, grid, list, selection }: RowParts) {
  const [, navigate] = useLocation()
  const open = (event: MouseEvent) => {
    // Links, ticks and marked text are left alone.
    if ((event.target as Element).closest('a, .tick') || getSelection()?.toString()) return
    navigate(addressOfNode(node.id))
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is for the keyboard
    <div
      role="row"
      aria-rowindex={index + 2}
      className="row body"
      style={{ ...grid, height: ROW, transform: `translateY(${start}px)` }}
      onClick={open}
    >
      {selection ? (
        <div role="cell" className="tick">
          <Tick selection={selection} node={node} index={index} list={list} />
        </div>
      ) : null}
      {columns.map(({ name, cell }) => (
        <div key={name} role="cell">
          {cell(node)}
        </div>
      ))}
    </div>
  )
})

function Tick({ selection, node, index, list }: Pick<RowParts, 'node' | 'index' | 'list'> & { selection: Selection }) {
  const words = useSpoken(bulkWords)
  const isChosen = useIsChosen(selection, node.id)
  return (
    <input
      type="checkbox"
      aria-label={words.tick(node.name)}
      checked={isChosen}
      onChange={({ nativeEvent }) => {
        const range = (nativeEvent as globalThis.MouseEvent).shiftKey
        if (!selection.tick(list.current, index, range))
          tell(words.noMoreLeftOut(String(MOST_LEFT_OUT)), { tone: 'bad' })
      }}
    />
  )
}

/** Chooses all that are loaded, or none. */
function TickAll({ selection, nodes }: { selection: Selection; nodes: readonly Node[] }) {
  const words = useSpoken(bulkWords)
  const count = useChosenCount(selection)
  const isAll = useIsAll(selection)
  const isWhole = count > 0 && (isAll ? selection.some().length === 0 : count >= nodes.length)
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (box.current) box.current.indeterminate = count > 0 && !isWhole
  })
  return (
    <div role="columnheader" className="tick">
      <input
        ref={box}
        type="checkbox"
        aria-label={words.tickAll}
        checked={isWhole}
        onChange={() => (isWhole ? selection.clear() : selection.choose(nodes))}
      />
    </div>
  )
}

const sorted = (orderBy: string, order: string) =>
  orderBy === order ? 'ascending' : orderBy === `${order} desc` ? 'descending' : 'none'
