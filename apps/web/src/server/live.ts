import { Event, EventKind, type Node } from '@eims/contracts'
import type { InfiniteData } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { reading, readings, server } from './client.ts'

/** Milliseconds in which events are gathered before anything is asked: a storm of them costs a request or two in each. */
const NODES_EVERY = 700
const SITE_EVERY = 2000
/** Milliseconds for which the server tells the same sums to everybody: an answer may be that much older than the last event. */
const SUMS_KEPT = 1000
/** Rows of lists that are read anew by their ids in one request: its filter has 2,000 characters. */
const MOST_ROWS = 40
/** A list of so many pages is small enough to be read anew as a whole. */
const SMALL_LIST = 2

export interface NodePage {
  items: Node[]
  nextPageToken: string | null
  total: number
}

let connected = true
const listeners = new Set<() => void>()
const tell = (now: boolean) => {
  if (connected === now) return
  connected = now
  for (const listener of listeners) listener()
}

/** Whether events come at the moment; what is shown may be old otherwise. */
export const useIsLive = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => connected,
  )

/** Follows the server's events for as long as somebody is signed in, and brings what is shown up to date by them. */
export function useLive(): void {
  useEffect(() => {
    const gathered = new Gathered()
    const source = new EventSource('/api/v1/events')
    let isFirst = true
    source.onopen = () => {
      tell(true)
      // What came meanwhile is sent by its Last-Event-ID; what a proxy may have lost is read anew.
      if (!isFirst) gathered.everything()
      isFirst = false
    }
    source.onerror = () => {
      tell(false)
      // The browser gives up when the answer is no stream: the session may be over.
      if (source.readyState === EventSource.CLOSED) void readings.invalidateQueries({ queryKey: reading.session })
    }
    const heard = ({ data }: MessageEvent<string>) => {
      const read = Event.safeParse(JSON.parse(data))
      if (read.success) gathered.add(read.data)
    }
    for (const kind of EventKind.options) source.addEventListener(kind, heard)
    return () => {
      source.close()
      gathered.stop()
      tell(true)
    }
  }, [])
}

/** Events until the next look: which nodes changed, whether lists and sums did, and of what else something was changed. */
class Gathered {
  readonly #nodes = new Set<string>()
  readonly #subjects = new Set<string>()
  #membersChanged = false
  #nodesTimer: ReturnType<typeof setTimeout> | undefined
  #siteTimer: ReturnType<typeof setTimeout> | undefined
  #heardAt = Number.NEGATIVE_INFINITY
  #isOver = false

  add({ kind, nodeId }: Event): void {
    if (kind === 'events.dropped' || kind === 'registry.restored') this.everything()
    if (nodeId !== null) this.#nodes.add(nodeId)
    else this.#subjects.add(kind.slice(0, kind.indexOf('.')))
    if (/^(node|import|run|instance|identity|agent)\./.test(kind)) this.#membersChanged = true
    this.#heardAt = performance.now()
    this.#nodesTimer ??= setTimeout(() => void this.#lookAtNodes(), NODES_EVERY)
    this.#siteTimer ??= setTimeout(() => this.#lookAtSite(), SITE_EVERY)
  }

  everything(): void {
    void readings.invalidateQueries()
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#nodesTimer)
    clearTimeout(this.#siteTimer)
  }

  #lookAtSite(): void {
    // The last event of all is followed by no other look.
    const isFresh = performance.now() - this.#heardAt <= SUMS_KEPT
    this.#siteTimer = isFresh ? setTimeout(() => this.#lookAtSite(), SITE_EVERY) : undefined
    void readings.invalidateQueries({ queryKey: reading.overview })
    void readings.invalidateQueries({ queryKey: reading.batches })
    for (const subject of this.#subjects) void readings.invalidateQueries({ queryKey: [subject] })
    this.#subjects.clear()
    if (!this.#membersChanged) return
    this.#membersChanged = false
    const isSmall = (pages: number) => pages <= SMALL_LIST
    void readings.invalidateQueries({
      queryKey: reading.nodes,
      predicate: ({ state }) => isSmall((state.data as InfiniteData<NodePage> | undefined)?.pages?.length ?? 0),
    })
  }

  async #lookAtNodes(): Promise<void> {
    this.#nodesTimer = undefined
    const changed = new Set(this.#nodes)
    this.#nodes.clear()
    for (const id of changed) void readings.invalidateQueries({ queryKey: reading.node(id) })
    const left = await renewRows((node) => changed.has(node.id))
    if (left.length === 0 || this.#isOver) return
    for (const id of left) this.#nodes.add(id)
    this.#nodesTimer ??= setTimeout(() => void this.#lookAtNodes(), NODES_EVERY)
  }
}

let isRenewing = false

/**
 * Reads rows of the lists that are shown anew, a bounded number of them, and puts them in their places. One after the other:
 * an older answer must not take the place of a newer one.
 * @returns ids of those that it did not come to
 */
export async function renewRows(which: (node: Node) => boolean): Promise<string[]> {
  const lists = readings.getQueriesData<InfiniteData<NodePage>>({ queryKey: reading.lists, type: 'active' })
  const shown = lists.flatMap(([, list]) => list?.pages.flatMap(({ items }) => items.filter(which)) ?? [])
  const all = [...new Set(shown.map(({ id }) => id))]
  if (isRenewing || all.length === 0) return all
  isRenewing = true
  try {
    await renew(all.slice(0, MOST_ROWS))
  } finally {
    isRenewing = false
  }
  return all.slice(MOST_ROWS)
}

async function renew(ids: readonly string[]): Promise<void> {
  const filter = ids.map((id) => `id = ${id}`).join(' OR ')
  const { items } = await server('listNodes', { query: { filter, pageSize: MOST_ROWS } }).catch(() => ({ items: [] }))
  const fresh = new Map(items.map((node) => [node.id, node]))
  if (fresh.size === 0) return
  readings.setQueriesData<InfiniteData<NodePage>>(
    { queryKey: reading.lists, type: 'active' },
    (list) =>
      list && {
        ...list,
        pages: list.pages.map((page) => ({ ...page, items: page.items.map((node) => fresh.get(node.id) ?? node) })),
      },
  )
}
