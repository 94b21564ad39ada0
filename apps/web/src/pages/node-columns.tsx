import { type Node, standingOf } from '@eims/contracts'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { addressOfNode } from '../addresses.ts'
import { Why } from '../shown/reason.tsx'
import { reasonOf } from '../shown/reason-of.ts'
import { StandingBadge } from '../shown/standing.tsx'
import { Ago } from '../shown/time.tsx'
import type { Words } from '../words/english.ts'
import type { ORDERS } from './node-query.ts'

export type ColumnName = keyof Words['columns']

/** A column of the list of nodes. */
export interface Column {
  name: ColumnName
  /** the least that it takes, in rem, and its share of what is left */
  width: readonly [number, number]
  /** what the server orders by for it; left out: it cannot */
  order?: (typeof ORDERS)[number]
  cell: (node: Node) => ReactNode
}

/** PURE: how far a run is, by its actions; null while none is under way. */
export function progressOf({ run }: Pick<Node, 'run'>): number | null {
  if (run?.state !== 'RUNNING' || run.actions.length === 0) return null
  const done = run.actions.reduce(
    (sum, { state, progress }) => sum + (state === 'SUCCEEDED' ? 1 : state === 'RUNNING' ? (progress ?? 0) : 0),
    0,
  )
  return done / run.actions.length
}

function Progress({ node }: { node: Node }) {
  const progress = progressOf(node)
  const action = node.run?.actions.find(({ state }) => state === 'RUNNING')
  if (progress === null || !action) return <Why reason={reasonOf(node)} brief />
  const percent = Math.round(progress * 100)
  return (
    <span className="progress-cell">
      <span>{action.name}</span>
      <progress max={100} value={percent} aria-label={action.name} />
      <span className="number">{percent} %</span>
    </span>
  )
}

const dash = <span className="dim">–</span>

export const columns: readonly Column[] = [
  {
    name: 'name',
    width: [7, 1.2],
    order: 'name',
    cell: ({ id, name }) => <Link href={addressOfNode(id)}>{name}</Link>,
  },
  { name: 'standing', width: [7.75, 0], cell: (node) => <StandingBadge standing={standingOf(node)} /> },
  { name: 'reason', width: [13, 3], cell: (node) => <Progress node={node} /> },
  {
    name: 'serial',
    width: [6.5, 1],
    cell: ({ serial }) => (serial === null ? dash : <span className="mono">{serial}</span>),
  },
  {
    name: 'mac',
    width: [9.5, 0],
    cell: ({ macs }) => (macs[0] === undefined ? dash : <span className="mono">{macs[0]}</span>),
  },
  { name: 'product', width: [6.5, 1], order: 'product', cell: ({ product }) => product ?? dash },
  { name: 'profile', width: [6.5, 0.8], order: 'profile', cell: ({ profile }) => profile ?? dash },
  { name: 'batch', width: [6.5, 0.7], order: 'batch', cell: ({ batch }) => batch ?? dash },
  { name: 'seen', width: [6.25, 0], order: 'lastSeenAt', cell: ({ lastSeenAt }) => <Ago at={lastSeenAt} /> },
]

/** Those that are shown unless somebody chose others. */
export const USUAL: readonly ColumnName[] = ['name', 'standing', 'reason', 'serial', 'batch', 'seen']
