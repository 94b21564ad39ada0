import { type Batch, includesRole, type Pace } from '@eims/contracts'
import { useState } from 'react'
import { Link } from 'wouter'
import { addressOfBatch, addressOfBoard } from '../addresses.ts'
import { reading } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useRole } from '../server/session.ts'
import { BatchBar } from '../shown/batch-bar.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { type Column, Rows } from '../shown/rows.tsx'
import { Search } from '../shown/search.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { Clock } from '../shown/time.tsx'
import { useSettled } from '../shown/typing.ts'
import { batchWords } from '../words/batches.ts'
import { NewBatch } from './batch-form.tsx'
import { quoted } from './node-query.ts'
import '../style/batches.css'

/** All batches, and how far each is. */
export function BatchesPage() {
  const words = useWords()
  const said = useSpoken(batchWords)
  const mayChange = includesRole(useRole(), 'operator')
  const [typed, type] = useState('')
  const text = useSettled(typed).trim()
  const filter = text === '' ? {} : { filter: `name:${quoted(text)} OR note:${quoted(text)}` }
  const { read, more } = useList('listBatches', reading.batches, { orderBy: 'createdAt desc', ...filter })
  const columns = useColumns()
  return (
    <div className="page batches-page">
      <header className="toolbar">
        <h1>{words.batches}</h1>
        <Search label={words.search} placeholder={said.search} value={typed} onChange={type} maxLength={64} />
        <span className="total batch-actions">
          <a href={addressOfBoard([])} className="button plain">
            {said.boardOfAll}
          </a>
          {mayChange ? <NewBatch /> : null}
        </span>
      </header>
      <Read of={read}>
        {(batches) =>
          batches.length > 0 ? (
            <Rows label={words.batches} of={batches} columns={columns} more={more} />
          ) : text === '' ? (
            <Notice title={said.none} help={said.noneHelp} />
          ) : (
            <Notice title={said.nobodyFits} help={said.nobodyFitsHelp} />
          )
        }
      </Read>
    </div>
  )
}

/** The counts of a batch in the order in which machines get there, by the names that they have on these pages. */
export const countsOf = ({ expected, registered, seen, running, failed, missing, alike, passed }: Batch['counts']) => ({
  expected: expected ?? registered,
  seen,
  working: running,
  failed,
  missing,
  alike,
  done: passed,
})
export type CountName = keyof ReturnType<typeof countsOf>

const NAMES: readonly CountName[] = ['expected', 'seen', 'working', 'failed', 'missing', 'alike', 'done']

/** Which counts ask for a person when they are more than none. */
const TONES: Partial<Record<CountName, string>> = { failed: 'failed', missing: 'waiting', alike: 'unknown' }

function useColumns(): Column<Batch>[] {
  const said = useSpoken(batchWords)
  const count = useCount()
  return [
    {
      name: 'batch',
      label: said.batch,
      cell: ({ name, note }) => (
        <>
          <Link href={addressOfBatch(name)} className="batch-name">
            {name}
          </Link>
          {note === null ? null : <span className="note">{note}</span>}
        </>
      ),
    },
    {
      name: 'progress',
      label: said.progress,
      cell: (batch) => (
        <div className="batch-progress">
          <BatchBar of={batch.counts} />
          <span className="note">
            <End of={batch} />
          </span>
        </div>
      ),
    },
    ...NAMES.map(
      (name): Column<Batch> => ({
        name,
        label: said[name],
        isNumber: true,
        cell: ({ counts }) => {
          const number = countsOf(counts)[name]
          return <span className={number === 0 ? 'dim' : (TONES[name] ?? '')}>{count(number)}</span>
        },
      }),
    ),
  ]
}

/** How much of a batch is done, and when the rest is. */
function End({ of: { counts, pace } }: { of: Batch }) {
  const said = useSpoken(batchWords)
  const all = countsOf(counts).expected
  if (all > 0 && pace.left === 0) return said.complete
  return (
    <>
      {said.percentDone(`${all === 0 ? 0 : Math.floor((counts.passed / all) * 100)} %`)}, <When pace={pace} />
    </>
  )
}

/** When the rest is done, as far as anybody can tell. */
export function When({ pace: { expectedEnd } }: { pace: Pace }) {
  const words = useWords()
  if (expectedEnd === null) return words.doneUnknown
  return (
    <>
      {words.doneAt} <Clock at={expectedEnd} />
    </>
  )
}
