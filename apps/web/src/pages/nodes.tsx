import { includesRole, type Node, ProblemError } from '@eims/contracts'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useMemo, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { addresses } from '../addresses.ts'
import { reading, server } from '../server/client.ts'
import { useRemembered } from '../server/remembered.ts'
import { type NodePage as PageOfNodes, renewInSight } from '../server/rows.ts'
import { useRole } from '../server/session.ts'
import { PushButton } from '../shown/button.tsx'
import { useCount } from '../shown/figures.ts'
import { useWords } from '../shown/language.tsx'
import { Failure, Loading, Notice } from '../shown/states.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { type ColumnName, columns, USUAL } from './node-columns.tsx'
import { filterOf, type NodeSearch, queryOf, searchOf } from './node-query.ts'
import { Selection } from './node-selection.ts'
import { NodeTable } from './node-table.tsx'
import { BatchChoice, ColumnChoice, States, TextSearch } from './node-toolbar.tsx'
import { Views } from './node-views.tsx'
import '../style/nodes.css'

const PAGE = 100
/** Milliseconds after which the progress of rows that are at work is read anew: it makes no events. */
const PROGRESS_EVERY = 4000

const isColumns = (text: string): text is string =>
  text !== '' && text.split(',').every((name) => columns.some((column) => column.name === name))

/** Every node, found, narrowed and ordered by the server; the address holds how. */
export function NodesPage() {
  const words = useWords()
  const count = useCount()
  const [, navigate] = useLocation()
  const search = searchOf(useSearch())
  const narrow = (change: Partial<NodeSearch>) => {
    const query = queryOf({ ...search, ...change })
    navigate(query === '' ? addresses.nodes : `${addresses.nodes}?${query}`, { replace: true })
  }
  const asked = useDeferredValue(`${filterOf(search)}\n${search.orderBy}`)
  const [filter = '', orderBy = ''] = asked.split('\n')
  const list = useInfiniteQuery({
    queryKey: [...reading.lists, filter, orderBy],
    initialPageParam: '',
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }): Promise<PageOfNodes> =>
      server(
        'listNodes',
        {
          query: {
            pageSize: PAGE,
            ...(filter === '' ? {} : { filter }),
            ...(orderBy === '' ? {} : { orderBy }),
            ...(pageParam === '' ? {} : { pageToken: pageParam }),
          },
        },
        { signal },
      ),
    getNextPageParam: ({ nextPageToken }) => nextPageToken ?? undefined,
    gcTime: 30_000,
  })
  const nodes = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data])
  const total = list.data?.pages.at(-1)?.total ?? 0
  useProgress(nodes)
  const [kept, keep] = useRemembered('columns', isColumns, USUAL.join(','))
  const shown = useMemo(() => columns.filter(({ name }) => kept.split(',').includes(name)), [kept])
  const mayAct = includesRole(useRole(), 'operator')
  const [selection] = useState(() => new Selection())
  // What is not in the list is not done anything to.
  useEffect(() => selection.clear(), [filter, selection])
  useEffect(() => selection.noteTotal(total), [total, selection])
  return (
    <div className="page nodes">
      <header className="toolbar">
        <h1>{words.nodes}</h1>
        <TextSearch value={search.text} onChange={(text) => narrow({ text })} />
        <BatchChoice value={search.batch} onChange={(batch) => narrow({ batch })} />
        <Views
          query={queryOf(search)}
          columns={kept}
          onView={(query, its) => {
            navigate(query === '' ? addresses.nodes : `${addresses.nodes}?${query}`)
            if (its !== null && isColumns(its)) keep(its)
          }}
        />
        <ColumnChoice kept={kept.split(',') as ColumnName[]} onChange={(names) => keep(names.join(','))} />
        <span className="total dim" role="status">
          {list.data ? words.of(count(nodes.length), count(total)) : ''}
        </span>
      </header>
      <States value={search.state} onChange={(state) => narrow({ state })} />
      {list.error && !list.data ? (
        list.error instanceof ProblemError && list.error.code === 'invalid-input' ? (
          <Notice title={words.badFilter} help={list.error.message} tone="bad" />
        ) : (
          <Failure error={list.error} again={() => void list.refetch()} />
        )
      ) : !list.data ? (
        <Loading rows={14} />
      ) : nodes.length === 0 ? (
        <Nobody isAll={filter === ''} onAll={() => narrow({ text: '', state: 'all', batch: '' })} />
      ) : (
        <NodeTable
          nodes={nodes}
          total={total}
          columns={shown}
          orderBy={search.orderBy}
          onOrder={(order) => narrow({ orderBy: order })}
          onEnd={() => {
            if (list.hasNextPage && !list.isFetching) void list.fetchNextPage()
          }}
          selection={mayAct ? selection : null}
        />
      )}
      <BulkBar selection={selection} nodes={nodes} total={total} filter={filter} />
    </div>
  )
}

/** Rows that are at work are read anew while they are in sight. */
function useProgress(nodes: readonly Node[]): void {
  const works = nodes.some(({ run }) => run?.state === 'RUNNING')
  useEffect(() => {
    if (!works) return
    const timer = setInterval(() => renewInSight(({ run }) => run?.state === 'RUNNING'), PROGRESS_EVERY)
    return () => clearInterval(timer)
  }, [works])
}

function Nobody({ isAll, onAll }: { isAll: boolean; onAll: () => void }) {
  const words = useWords()
  if (isAll) return <Notice title={words.noMachines} help={words.noMachinesHelp} />
  return (
    <Notice title={words.nobodyFits} help={words.nobodyFitsHelp}>
      <PushButton onPress={onAll}>{words.showAll}</PushButton>
    </Notice>
  )
}
