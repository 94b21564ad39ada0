import type { Client, Node } from '@eims/contracts'
import type { Words } from './command.ts'
import { pages } from './pages.ts'
import { Refusal } from './refusal.ts'

/** Nodes by name, or a selection of them. */
export const someNodes: Words = {
  usage: '[NODE...]',
  what: 'node',
  says: 'name, serial, UUID, MAC or id; or a selection by the flags below',
  names: 'node',
  least: 0,
  most: 10_000,
}
export const selectionFlags = {
  filter: { type: 'string', value: 'FILTER', says: 'all nodes that it lets through (docs/rest.md)' },
  batch: { type: 'string', value: 'BATCH', says: 'all nodes of the batch; with --filter those of both' },
} as const

/** The same where --batch says into which batch they go. */
export const inBatchFlag = {
  ...selectionFlags.batch,
  says: 'all nodes that are in the batch now; with --filter those of both',
} as const

interface SelectionValues {
  filter?: string | undefined
  batch?: string | undefined
}

/** What selects, or null when nodes are named. @throws Refusal when both, or nothing, is given */
export function selectionOf(words: string[], { filter, batch }: SelectionValues): string | null {
  const selection = bothOf(filter, batch)
  if (words.length > 0 && selection !== null) throw new Refusal('name nodes, or select them, not both', 2)
  if (words.length === 0 && selection === null)
    throw new Refusal('give a node, or a selection by its flags; see --help', 2)
  return selection
}

/** A filter for what is in the batch and passes the filter; null without either. */
export const bothOf = (filter: string | undefined, batch: string | undefined): string | null =>
  narrowed(filter, batch ? `batch = ${quoted(batch)}` : null)

/** A filter that passes what the given one does where the condition holds as well; null without either. */
export const narrowed = (filter: string | undefined, condition: string | null): string | null =>
  filter && condition ? `(${filter}) AND ${condition}` : filter || condition

/** A value as it stands in a filter. */
export const quoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&')}"`

/**
 * All nodes of a selection; memory holds what a list of them takes.
 * @param batch by which it was selected, if so
 * @throws ProblemError not-found when there is no such batch, with the name that was meant
 */
export async function selected(client: Client, filter: string, batch?: string): Promise<Node[]> {
  const nodes: Node[] = []
  for await (const { items } of pages(client, 'listNodes', { filter })) for (const item of items) nodes.push(item)
  if (nodes.length === 0 && batch) await client('getBatch', { params: { id: batch } })
  return nodes
}

const AT_ONCE = 10

/** Nodes by whatever names them, in that order. @throws ProblemError at the first that is none */
export async function namedNodes(client: Client, names: string[]): Promise<Node[]> {
  const nodes: Node[] = []
  for (let from = 0; from < names.length; from += AT_ONCE)
    nodes.push(
      ...(await Promise.all(names.slice(from, from + AT_ONCE).map((id) => client('getNode', { params: { id } })))),
    )
  return nodes
}
