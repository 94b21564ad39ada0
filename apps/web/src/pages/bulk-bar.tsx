import { MAX_BULK, type Node } from '@eims/contracts'
import { useState } from 'react'
import { useRole } from '../server/session.ts'
import { PushButton } from '../shown/button.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { bulkWords } from '../words/bulk.ts'
import { allOf, type BulkName, bulkActionsOf } from './bulk-actions.ts'
import { BulkDialog } from './bulk-dialog.tsx'
import type { Chosen } from './bulk-run.ts'
import { type Selection, useChosenCount, useIsAll } from './node-selection.ts'
import '../style/bulk.css'

interface BarParts {
  selection: Selection
  /** those that are loaded, as they are now */
  nodes: readonly Node[]
  /** how many fit the filter */
  total: number
  filter: string
}

/** What can be done with the chosen nodes; nothing while none is. */
export function BulkBar({ selection, nodes, total, filter }: BarParts) {
  const words = useSpoken(bulkWords)
  const written = useCount()
  const role = useRole()
  const count = useChosenCount(selection)
  const isAll = useIsAll(selection)
  const [asked, ask] = useState<{ name: BulkName; chosen: Chosen } | null>(null)
  const isTooMany = count > MAX_BULK
  const dialog = asked ? (
    <BulkDialog key={asked.name} {...asked} selection={selection} onClose={() => ask(null)} />
  ) : null
  const bar = (
    <section className="bulk" aria-label={words.bar}>
      <p className="bulk-count" role="status">
        <b>{isAll && count === total ? words.allChosen(written(count)) : words.chosen(written(count))}</b>
        {isTooMany ? <span className="wrong small">{words.tooMany(written(MAX_BULK))}</span> : null}
      </p>
      {!isAll && count < total && total <= MAX_BULK ? (
        <PushButton tone="quiet" onPress={() => selection.chooseAll(total)}>
          {words.all(written(total))}
        </PushButton>
      ) : null}
      <PushButton tone="quiet" onPress={() => selection.clear()}>
        {words.clear}
      </PushButton>
      <div className="bulk-actions">
        {bulkActionsOf(role).map((name) => (
          <PushButton
            key={name}
            isDisabled={isTooMany}
            onPress={() => ask({ name, chosen: chosenOf(selection, nodes, filter) })}
          >
            {words.actions[name]}
          </PushButton>
        ))}
      </div>
    </section>
  )
  return (
    <>
      {count === 0 ? null : bar}
      {dialog}
    </>
  )
}

/** Who is chosen, as they are now; what is not loaded any more is as it was when it was ticked. */
function chosenOf(selection: Selection, nodes: readonly Node[], filter: string): Chosen {
  const some = selection.some()
  if (selection.isAll()) {
    const leftOut = some.map(({ id }) => `NOT id = ${id}`).join(' AND ')
    return { filter: allOf(filter, leftOut) || 'name:*', count: selection.count() }
  }
  const fresh = new Map(nodes.map((node) => [node.id, node]))
  return { nodes: some.map((node) => fresh.get(node.id) ?? node) }
}
