import type { CallInput, CallReply, Client, RouteName } from '@eims/contracts'
import { Refusal } from './refusal.ts'

/** What every verb that lists takes. */
export const listFlags = {
  filter: {
    type: 'string',
    value: 'FILTER',
    says: 'only what it lets through, e.g. \'batch = "lot-7" AND NOT state = ONBOARDED\' (docs/rest.md)',
  },
  'order-by': { type: 'string', value: 'FIELDS', says: 'e.g. "name desc, createdAt"' },
  limit: { type: 'string', value: 'N', says: 'at most so many' },
} as const

/** Routes that answer with pages. */
type ListRoute = {
  [N in RouteName]: CallReply<N> extends { items: unknown[]; nextPageToken: string | null } ? N : never
}[RouteName]
type ItemOf<N extends ListRoute> = CallReply<N> extends { items: (infer I)[] } ? I : never

export interface ListValues {
  filter?: string | undefined
  'order-by'?: string | undefined
  limit?: string | undefined
}

/** A list as far as the flags ask for it, page by page, and how many there are in all. @throws Refusal */
export async function listed<N extends ListRoute>(
  client: Client,
  route: N,
  values: ListValues = {},
  input: object = {},
): Promise<{ items: ItemOf<N>[]; total: number }> {
  const most = limitOf(values.limit)
  const items: ItemOf<N>[] = []
  for await (const page of pages(client, route, values, most, input)) {
    items.push(...page.items)
    if (items.length >= most || page.last) return { items: items.slice(0, most), total: page.total }
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
): AsyncGenerator<{ items: ItemOf<N>[]; total: number; last: boolean }> {
  let pageToken: string | null = null
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
    yield { items: reply.items, total: reply.total, last: pageToken === null }
  } while (pageToken)
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Refusal(`--limit is a whole number from 1 on, not "${text}"`, 2)
  return Number(text)
}

/** Below a table that does not show all there is. */
export const ofTotal = (shown: number, total: number): string =>
  shown < total ? `${shown} of ${total}; more with a larger --limit\n` : ''
