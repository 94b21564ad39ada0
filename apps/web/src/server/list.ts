import type { CallInput, CallReply, Node } from '@eims/contracts'
import { type InfiniteData, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { server } from './client.ts'

/** Routes whose reply is a page of a list. */
type ListName =
  | 'listAccounts'
  | 'listAddons'
  | 'listAudit'
  | 'listBatches'
  | 'listImages'
  | 'listImports'
  | 'listKeys'
  | 'listNodes'
  | 'listProfiles'
  | 'listSecrets'
  | 'listWebhooks'
  | 'listWorkflows'

const PAGE = 100

/**
 * A list of the server's, a hundred at a time.
 * @param key names it in what is read (client.ts)
 * @param query filter and order, as the server takes them
 * @returns what is read so far, how many there are, and what `Rows` takes to show more
 */
export function useList<N extends ListName>(
  name: N,
  key: readonly unknown[],
  query: { filter?: string; orderBy?: string } = {},
) {
  type Item = CallReply<N>['items'][number]
  type ItemPage = { items: Item[]; nextPageToken: string | null; total: number }
  const list = useInfiniteQuery<ItemPage, Error, InfiniteData<ItemPage>, readonly unknown[], string>({
    queryKey: [...key, 'list', query],
    initialPageParam: '',
    placeholderData: keepPreviousData,
    queryFn: async ({ pageParam, signal }): Promise<ItemPage> => {
      const asked = { pageSize: PAGE, ...query, ...(pageParam === '' ? {} : { pageToken: pageParam }) }
      return (await server(name, { query: asked } as never, { signal })) as ItemPage
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken ?? undefined,
  })
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items), [list.data])
  const total = list.data?.pages.at(-1)?.total ?? 0
  return {
    /** for `Read` */
    read: { data: items, error: list.error, refetch: list.refetch },
    total,
    more: { total, isBusy: list.isFetching, onMore: () => void list.fetchNextPage() },
  }
}

const LARGE_PAGE = 1000

/**
 * Reads a whole list of nodes, a thousand at a time.
 * @param query filter and order, as the server takes them
 * @param most nodes behind which no further page is asked for
 * @param signal ends it behind the page that is under way, with what was read by then
 */
export async function readNodes(
  query: Pick<NonNullable<CallInput<'listNodes'>['query']>, 'filter' | 'orderBy'>,
  most: number,
  signal?: AbortSignal,
): Promise<Node[]> {
  const nodes: Node[] = []
  for (let pageToken: string | null = ''; pageToken !== null && nodes.length < most && !signal?.aborted; ) {
    const asked = { ...query, pageSize: LARGE_PAGE, ...(pageToken === '' ? {} : { pageToken }) }
    const page: CallReply<'listNodes'> = await server('listNodes', { query: asked }, signal ? { signal } : {})
    nodes.push(...page.items)
    pageToken = page.nextPageToken
  }
  return nodes
}
