import type { CallInput, CallReply, Client, RouteName } from '@eims/contracts'
import { Refusal } from './refusal.ts'

/** Shown of a list that nobody asked for in full: more than anybody reads. */
const USUAL_LIMIT = 1000

/** What every verb that lists takes. @param eg a filter and an order of that list @param usual how many it shows by itself */
export const listFlags = (eg: { filter: string; orderBy: string }, usual = USUAL_LIMIT) =>
  ({
    filter: { type: 'string', value: 'FILTER', says: `only what it lets through, e.g. '${eg.filter}' (docs/rest.md)` },
    'order-by': { type: 'string', value: 'FIELDS', says: `e.g. "${eg.orderBy}"` },
    limit: { type: 'string', value: 'N', says: `at most so many (default ${usual.toLocaleString('en')})` },
    all: { type: 'boolean', says: 'all of them, however many' },
  }) as const

/** Routes that answer with pages. */
export type ListRoute = {
  [N in RouteName]: CallReply<N> extends { items: unknown[]; nextPageToken: string | null } ? N : never
}[RouteName]
export type ItemOf<N extends ListRoute> = CallReply<N> extends { items: (infer I)[] } ? I : never

export interface ListValues {
  filter?: string | undefined
  'order-by'?: string | undefined
  limit?: string | undefined
  all?: boolean | undefined
}

export interface ListPage<T> {
  items: T[]
  /** how many the filter lets through, on all pages */
  total: number
  /** nothing follows that was asked for */
  last: boolean
}

/** A list as far as the flags ask for it, and how many there are in all. @throws Refusal */
export async function listed<N extends ListRoute>(
  client: Client,
  route: N,
  values: ListValues = {},
): Promise<{ items: ItemOf<N>[]; total: number }> {
  const items: ItemOf<N>[] = []
  for await (const page of pages(client, route, values, limitOf(values))) {
    for (const item of page.items) items.push(item)
    if (page.last) return { items, total: page.total }
  }
  return { items, total: items.length }
}

/** The same, a page at a time. */
export async function* pages<N extends ListRoute>(
  client: Client,
  route: N,
  { filter, 'order-by': orderBy }: ListValues,
  most = Number.POSITIVE_INFINITY,
  input: object = {},
): AsyncGenerator<ListPage<ItemOf<N>>> {
  let pageToken: string | null = null
  let left = most
  do {
    const query: Record<string, unknown> = {
      pageSize: Math.min(1000, most),
      ...(filter ? { filter } : {}),
      ...(orderBy ? { orderBy } : {}),
      ...(pageToken ? { pageToken } : {}),
    }
    const reply = (await client(route, { ...input, query } as unknown as CallInput<N>)) as {
      items: ItemOf<N>[]
      nextPageToken: string | null
      total: number
    }
    pageToken = reply.nextPageToken
    const items = reply.items.slice(0, left)
    left -= items.length
    yield { items, total: reply.total, last: pageToken === null || left === 0 }
  } while (pageToken && left > 0)
}

/** How many are asked for. @throws Refusal */
export function limitOf({ limit, all }: ListValues, usual = USUAL_LIMIT): number {
  if (limit !== undefined && all) throw new Refusal('give --limit or --all, not both', 2)
  if (all) return Number.POSITIVE_INFINITY
  if (limit === undefined) return usual
  if (!/^[1-9]\d{0,8}$/.test(limit)) throw new Refusal(`--limit is a whole number from 1 on, not "${limit}"`, 2)
  return Number(limit)
}

/** Below a list that does not show all there is. */
export const ofTotal = (shown: number, total: number): string =>
  shown < total ? `${shown} of ${total}; all of them with --all, another number with --limit N\n` : ''
