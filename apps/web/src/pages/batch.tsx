import { type Batch, includesRole, type Node, ProblemError } from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link, useParams } from 'wouter'
import { addresses, addressOfBoard, addressOfNode, addressOfNodes } from '../addresses.ts'
import { reading, readTagged, server } from '../server/client.ts'
import { useRole } from '../server/session.ts'
import { BatchBar } from '../shown/batch-bar.tsx'
import { Card } from '../shown/card.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Why } from '../shown/reason.tsx'
import { reasonOf } from '../shown/reason-of.ts'
import { Notice, Read } from '../shown/states.tsx'
import { Ago } from '../shown/time.tsx'
import { batchWords } from '../words/batches.ts'
import { ChangeBatch, DeleteBatch } from './batch-form.tsx'
import { Missing } from './batch-missing.tsx'
import { ScreenLink } from './batch-screen.tsx'
import { type CountName, countsOf, When } from './batches.tsx'
import { progressOf } from './node-columns.tsx'
import { quoted } from './node-query.ts'
import '../style/batches.css'

/** Milliseconds after which those at work are read anew: progress makes no events. */
const WORKING = 3000
/** Of the failed and of those at work: more are in the list of nodes. */
const MOST = 12

/** One batch: how far it is, who needs a person, who is worked at, and who never came. */
export function BatchPage() {
  const said = useSpoken(batchWords)
  const { name } = useParams<{ name: string }>()
  const batch = useQuery({
    queryKey: [...reading.batches, 'one', name],
    queryFn: ({ signal }) => readTagged('getBatch', { params: { id: name } }, { signal }),
  })
  const role = useRole()
  const mayChange = includesRole(role, 'operator')
  useEffect(() => {
    document.title = `${name} · eims`
  }, [name])
  const isGone = batch.error instanceof ProblemError && batch.error.code === 'not-found'
  return (
    <div className="page batch">
      <header className="batch-head">
        <p className="small">
          <Link href={addresses.batches}>{said.back}</Link>
        </p>
        <h1>{batch.data?.value.name ?? name}</h1>
        {batch.data && mayChange && !isGone ? (
          <div className="batch-actions">
            {includesRole(role, 'admin') ? <ScreenLink batch={batch.data.value.name} /> : null}
            <ChangeBatch of={batch.data} />
            <DeleteBatch of={batch.data} />
          </div>
        ) : null}
      </header>
      {isGone ? (
        <Notice title={said.gone} help={said.goneHelp} />
      ) : (
        <Read of={batch} rows={10}>
          {({ value }) => <Shown batch={value} />}
        </Read>
      )}
    </div>
  )
}

function Shown({ batch }: { batch: Batch }) {
  const said = useSpoken(batchWords)
  const { name, note, counts } = batch
  return (
    <>
      {note === null ? null : <p className="batch-note">{note}</p>}
      <Counts batch={batch} />
      <p className="batch-links">
        <Link href={addressOfNodes({ batch: name })}>{said.machinesOf}</Link>
        <a href={`/api/v1/export.csv?${new URLSearchParams({ batch: name })}`} download={`${name}.csv`}>
          {said.exported}
        </a>
        <a href={addressOfBoard([name])}>{said.board}</a>
      </p>
      <div className="two">
        <div className="stack">
          <Failed name={name} total={counts.failed} />
          <Missing batch={batch} />
        </div>
        <AtWork name={name} total={counts.running} />
      </div>
    </>
  )
}

/** Where a count leads: the list of those that it counts, when a filter says who they are. */
const FILTERS: Partial<Record<CountName, Readonly<Record<string, string>>>> = {
  expected: {},
  seen: { q: 'seen = true' },
  working: { q: 'run.state = RUNNING OR run.state = PENDING' },
  failed: { state: 'failed' },
  missing: { q: 'seen = false' },
}

function Counts({ batch }: { batch: Batch }) {
  const words = useWords()
  const said = useSpoken(batchWords)
  const count = useCount()
  const { name, pace } = batch
  const counts = countsOf(batch.counts)
  return (
    <section className="fleet" aria-label={said.progress}>
      <p className="headline">
        <span>
          <b>{words.batchDone(count(counts.done), count(counts.expected))}</b> {said.done.toLowerCase()}
        </span>
        <span className="dim">
          {pace.left === 0 ? (
            said.complete
          ) : (
            <>
              {count(pace.lastHour)} {words.perHour}, {count(pace.left)} {words.left}, <When pace={pace} />
            </>
          )}
        </span>
      </p>
      <BatchBar of={batch.counts} />
      <ul className="tiles">
        {(Object.entries(counts) as [CountName, number][]).map(([each, number]) => {
          const filter = FILTERS[each]
          const shown = (
            <>
              <span className="tile-name">{said[each]}</span>
              <span className="figure">{count(number)}</span>
            </>
          )
          const parts = { className: number === 0 ? 'tile none' : `tile count-${each}`, title: said.means[each] }
          return (
            <li key={each}>
              {filter ? (
                <Link href={addressOfNodes({ batch: name, ...filter })} {...parts}>
                  {shown}
                </Link>
              ) : (
                <span {...parts}>{shown}</span>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

const useNodes = (name: string, what: string, filter: string, every: number | false = false) =>
  useQuery({
    queryKey: [...reading.nodes, 'of-batch', name, what],
    queryFn: () =>
      server('listNodes', {
        query: { filter: `batch = ${quoted(name)} AND (${filter})`, pageSize: MOST, orderBy: 'lastSeenAt desc' },
      }),
    refetchInterval: every,
  })

function AllOf({ total, query }: { total: number; query: Readonly<Record<string, string>> }) {
  const said = useSpoken(batchWords)
  const count = useCount()
  if (total <= MOST) return null
  return (
    <Link href={addressOfNodes(query)} className="small">
      {said.allOf(count(total))}
    </Link>
  )
}

/** Those that a person has to see to, with why, and what to do. */
function Failed({ name, total }: { name: string; total: number }) {
  const said = useSpoken(batchWords)
  const failed = useNodes(name, 'failed', 'instance.state = FAILED')
  return (
    <Card title={said.failedTitle} side={<AllOf total={total} query={{ batch: name, state: 'failed' }} />}>
      <Read of={failed} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="dim">{said.nobodyFailed}</p>
          ) : (
            <ul className="needy">
              {items.map((node) => (
                <li key={node.id}>
                  <p className="needy-name">
                    <Link href={addressOfNode(node.id)}>{node.name}</Link>
                    {node.serial === null ? null : <span className="mono serial">{node.serial}</span>}
                    <span className="dim small">
                      <Ago at={node.lastSeenAt} />
                    </span>
                  </p>
                  <Why reason={reasonOf(node)} />
                </li>
              ))}
            </ul>
          )
        }
      </Read>
    </Card>
  )
}

/** Those whose run is under way, and how far each is. */
function AtWork({ name, total }: { name: string; total: number }) {
  const said = useSpoken(batchWords)
  const filter = 'run.state = RUNNING OR run.state = PENDING'
  const working = useNodes(name, 'working', filter, total > 0 ? WORKING : false)
  return (
    <Card title={said.workingTitle} side={<AllOf total={total} query={{ batch: name, q: filter }} />}>
      <Read of={working} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="dim">{said.nobodyWorks}</p>
          ) : (
            <ul className="at-work">
              {items.map((node) => (
                <Worker key={node.id} node={node} />
              ))}
            </ul>
          )
        }
      </Read>
    </Card>
  )
}

function Worker({ node }: { node: Node }) {
  const words = useWords()
  const progress = progressOf(node)
  const action = node.run?.actions.find(({ state }) => state === 'RUNNING')
  const percent = Math.round((progress ?? 0) * 100)
  return (
    <li>
      <Link href={addressOfNode(node.id)}>{node.name}</Link>
      <span className="dim small">{action?.name ?? words.standing.waiting}</span>
      <progress max={100} value={percent} aria-label={node.name} />
      <span className="number small">{percent} %</span>
    </li>
  )
}
