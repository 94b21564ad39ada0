import { Event, EventKind } from '@eims/contracts'
import type { InfiniteData } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { reading, readings } from './client.ts'
import { type NodePage, rowRenewal } from './rows.ts'

/** Milliseconds in which events are gathered before anything is asked: a storm of them costs a request or two in each. */
const NODES_EVERY = 700
const SITE_EVERY = 2000
/** Milliseconds for which the server tells the same sums to everybody: an answer may be that much older than the last event. */
const SUMS_KEPT = 1000
/** A list of so many pages is small enough to be read anew as a whole. */
const SMALL_LIST = 2

/** What is looked at of an event: the rest, which is checked sign by sign, would take most of a storm's time. */
const Heard = Event.pick({ kind: true, nodeId: true })
type Heard = Pick<Event, 'kind' | 'nodeId'>

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
      const read = Heard.safeParse(JSON.parse(data))
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

  add({ kind, nodeId }: Heard): void {
    if (kind === 'events.dropped' || kind === 'registry.restored') this.everything()
    if (nodeId !== null) this.#nodes.add(nodeId)
    else this.#subjects.add(kind.slice(0, kind.indexOf('.')))
    if (/^(node|import|run|instance|identity|agent)\./.test(kind)) this.#membersChanged = true
    this.#heardAt = performance.now()
    this.#nodesTimer ??= setTimeout(() => this.#lookAtNodes(), NODES_EVERY)
    this.#siteTimer ??= setTimeout(() => this.#lookAtSite(), SITE_EVERY)
  }

  everything(): void {
    void readings.invalidateQueries()
  }

  stop(): void {
    clearTimeout(this.#nodesTimer)
    clearTimeout(this.#siteTimer)
    rowRenewal.stop()
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

  #lookAtNodes(): void {
    this.#nodesTimer = undefined
    const changed = new Set(this.#nodes)
    this.#nodes.clear()
    void readings.invalidateQueries({
      queryKey: reading.eachNode,
      predicate: ({ queryKey }) => changed.has(queryKey[1] as string),
    })
    rowRenewal.add(changed)
  }
}
