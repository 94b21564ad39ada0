import { type Batch, csvLine, guardedCell, type Node } from '@eims/contracts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { addressOfNode } from '../addresses.ts'
import { reading, server } from '../server/client.ts'
import { readNodes } from '../server/list.ts'
import { Card } from '../shown/card.tsx'
import { CopyButton } from '../shown/copy.tsx'
import { useCount } from '../shown/figures.ts'
import { useSpoken } from '../shown/language.tsx'
import { Rows } from '../shown/rows.tsx'
import { Read } from '../shown/states.tsx'
import { batchWords } from '../words/batches.ts'
import { quoted } from './node-query.ts'

const PAGE = 50
/** So many are copied at most: the search for a box does not end at the fiftieth. */
const MOST_COPIED = 20_000

const query = (name: string) => ({ filter: `batch = ${quoted(name)} AND seen = false`, orderBy: 'name' })

const cellsOf = ({ name, serial, macs }: Node) => [name, serial ?? '', macs.join(' ')]

/** PURE: one machine a line, with tabs between, as a spreadsheet or a mail takes it. */
const asText = (nodes: readonly Node[]) => nodes.map((node) => `${cellsOf(node).join('\t')}\n`).join('')

/** PURE: with the header of imports (docs/csv.md). */
const asCsv = (nodes: readonly Node[]) =>
  [['name', 'serial', 'mac'], ...nodes.map((node) => cellsOf(node).map(guardedCell))]
    .map((cells) => `${csvLine(cells)}\r\n`)
    .join('')

/** Those that are registered and were never seen, to be looked for by serial and MAC. */
export function Missing({ batch: { name, counts } }: { batch: Batch }) {
  const said = useSpoken(batchWords)
  const count = useCount()
  const list = useInfiniteQuery({
    queryKey: [...reading.nodes, 'of-batch', name, 'missing'],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const asked = { ...query(name), pageSize: PAGE, ...(pageParam === '' ? {} : { pageToken: pageParam }) }
      return server('listNodes', { query: asked }, { signal })
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken ?? undefined,
  })
  const items = list.data?.pages.flatMap((page) => page.items)
  const total = list.data?.pages.at(-1)?.total ?? 0
  const unregistered = Math.max(0, (counts.expected ?? 0) - counts.registered)
  const copy = async (written: (nodes: readonly Node[]) => string) => {
    const nodes = await readNodes(query(name), MOST_COPIED)
    return { text: written(nodes), said: said.copied(count(nodes.length)) }
  }
  return (
    <Card
      title={said.missingTitle}
      side={
        total === 0 ? null : (
          <span className="batch-actions">
            <CopyButton label={said.copyText} of={() => copy(asText)} />
            <CopyButton label={said.copyCsv} of={() => copy(asCsv)} />
          </span>
        )
      }
    >
      {unregistered > 0 ? <p className="batch-unregistered">{said.unregistered(count(unregistered))}</p> : null}
      <Read of={{ data: items, error: list.error, refetch: list.refetch }} rows={3}>
        {(nodes) =>
          nodes.length === 0 ? (
            <p className="dim">{said.nobodyMissing}</p>
          ) : (
            <Rows
              label={said.missingTitle}
              of={nodes}
              columns={[
                {
                  name: 'name',
                  label: said.name,
                  cell: (node) => <Link href={addressOfNode(node.id)}>{node.name}</Link>,
                },
                {
                  name: 'serial',
                  label: said.serial,
                  cell: ({ serial }) => <span className="mono">{serial ?? '–'}</span>,
                },
                {
                  name: 'mac',
                  label: said.mac,
                  cell: ({ macs }) => <span className="mono">{macs.join(', ') || '–'}</span>,
                },
              ]}
              more={{ total, isBusy: list.isFetching, onMore: () => void list.fetchNextPage() }}
            />
          )
        }
      </Read>
    </Card>
  )
}
