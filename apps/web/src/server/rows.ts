import type { Node } from '@eims/contracts'
import type { InfiniteData } from '@tanstack/react-query'
import { reading, readings, server } from './client.ts'
import { RowRenewal } from './renewal.ts'

export interface NodePage {
  items: Node[]
  nextPageToken: string | null
  total: number
}

const shownLists = { queryKey: reading.lists, type: 'active' } as const

function* loadedNodes(): Generator<Node> {
  for (const [, list] of readings.getQueriesData<InfiniteData<NodePage>>(shownLists))
    for (const { items } of list?.pages ?? []) yield* items
}

/** Keeps the rows of the lists that are shown up to date (renewal.ts). */
export const rowRenewal = new RowRenewal({
  *loaded() {
    for (const { id } of loadedNodes()) yield id
  },
  isReading: () => readings.isFetching({ queryKey: reading.lists }) > 0,
  async read(ids) {
    const filter = ids.map((id) => `id = ${id}`).join(' OR ')
    const { items } = await server('listNodes', { query: { filter, pageSize: ids.length } })
    const fresh = new Map(items.map((node) => [node.id, node]))
    const renewed = (page: NodePage): NodePage =>
      page.items.some(({ id }) => fresh.has(id))
        ? { ...page, items: page.items.map((node) => fresh.get(node.id) ?? node) }
        : page
    readings.setQueriesData<InfiniteData<NodePage>>(
      shownLists,
      (list) => list && { ...list, pages: list.pages.map(renewed) },
    )
  },
  after: (wait, then) => void setTimeout(then, wait),
})

/** Reads those rows in sight anew for which `which` holds. */
export function renewInSight(which: (node: Node) => boolean): void {
  const inSight = new Set(rowRenewal.inSight)
  rowRenewal.add([...loadedNodes()].flatMap((node) => (inSight.has(node.id) && which(node) ? [node.id] : [])))
}
