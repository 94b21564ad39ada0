import type { ImportRecord } from '@eims/contracts'
import { Link } from 'wouter'
import { addressOfImport } from '../addresses.ts'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { type Column, Rows } from '../shown/rows.tsx'
import { Ago } from '../shown/time.tsx'
import { importWords } from '../words/import.ts'

/** PURE: how an import ended, in a word of `outcomes`. */
export function outcomeOf({ state, committed, undo }: Pick<ImportRecord, 'state' | 'committed' | 'undo'>) {
  if (undo) return 'undone'
  return state === 'done' && !committed ? 'refused' : state
}

const lamps: Partial<Record<ReturnType<typeof outcomeOf>, string>> = {
  done: 'good',
  running: 'busy',
  refused: 'bad',
  failed: 'bad',
  interrupted: 'bad',
}

/** How an import ended: lamp and word. */
export function Outcome({ of }: { of: Parameters<typeof outcomeOf>[0] }) {
  const words = useSpoken(importWords)
  const outcome = outcomeOf(of)
  return <span className={`lamp ${lamps[outcome] ?? ''}`}>{words.outcomes[outcome]}</span>
}

/** PURE: as the head of a column. */
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Imports of the history. */
export function ImportRows({
  label,
  of,
  more,
}: {
  label: string
  of: readonly ImportRecord[]
  more?: Parameters<typeof Rows>[0]['more']
}) {
  const words = useSpoken(importWords)
  const count = useCount()
  // What would have been done is no count of what was.
  const did = (each: ImportRecord, what: 'created' | 'updated') =>
    each.committed && each.counts ? count(each.counts[what]) : '–'
  const columns: Column<ImportRecord>[] = [
    {
      name: 'file',
      label: words.file,
      cell: ({ id, file, batch }) => (
        <>
          <Link href={addressOfImport(id)}>{file ?? words.unnamed}</Link>
          {batch === null ? null : (
            <span className="note">
              {words.batchLabel} {batch}
            </span>
          )}
        </>
      ),
    },
    { name: 'outcome', label: words.result, cell: (each) => <Outcome of={each} /> },
    { name: 'created', label: capital(words.created), isNumber: true, cell: (each) => did(each, 'created') },
    { name: 'updated', label: capital(words.updated), isNumber: true, cell: (each) => did(each, 'updated') },
    {
      name: 'failed',
      label: capital(words.failed),
      isNumber: true,
      cell: ({ counts }) => (counts ? count(counts.failed) : '–'),
    },
    { name: 'actor', label: words.by, cell: ({ actor }) => actor },
    { name: 'began', label: words.began, cell: ({ startedAt }) => <Ago at={startedAt} /> },
  ]
  return <Rows label={label} of={of} columns={columns} more={more} />
}
