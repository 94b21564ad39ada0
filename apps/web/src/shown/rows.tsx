import type { ReactNode } from 'react'
import { PushButton } from './button.tsx'
import { useCount } from './figures.ts'
import { useWords } from './language.tsx'

/** A column of a list. */
export interface Column<T> {
  name: string
  label: string
  cell: (item: T) => ReactNode
  /** digits stand below digits */
  isNumber?: boolean
}

/** A list of a few hundred things at most; for more there is a table that shows only what is in sight (pages/node-table.tsx). */
export function Rows<T extends { id: string }>({
  label,
  of,
  columns,
  more,
}: {
  label: string
  of: readonly T[]
  columns: readonly Column<T>[]
  /** how many there are altogether, and how further ones are read */
  more?: { total: number; isBusy: boolean; onMore: () => void } | undefined
}) {
  const words = useWords()
  const count = useCount()
  return (
    <div className="rows">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ name, label: head, isNumber }) => (
              <th key={name} scope="col" className={isNumber ? 'number' : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.map((item) => (
            <tr key={item.id}>
              {columns.map(({ name, cell, isNumber }) => (
                <td key={name} className={isNumber ? 'number' : undefined}>
                  {cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more && of.length < more.total ? (
        <footer>
          <PushButton isDisabled={more.isBusy} onPress={more.onMore}>
            {words.more}
          </PushButton>
          <span className="dim small">{words.of(count(of.length), count(more.total))}</span>
        </footer>
      ) : null}
    </div>
  )
}
