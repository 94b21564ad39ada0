import type { Event } from '@eims/contracts'
import type { Test } from 'tap'
import type { EventFeed } from '../../src/events/feed.ts'

/** A client of the stream: what came so far, and what it waits for. */
export interface EventClient {
  status: number
  events: Event[]
  /** ids, also those of signs of life */
  lastId: string | undefined
  comments: number
  /** resolves when it is so; a test that waits in vain ends by its timeout */
  until: (condition: (client: EventClient) => boolean) => Promise<void>
  ended: Promise<void>
  end: () => void
}

/**
 * Resolves when the feed knows how far it may read, and so does every client that follows it: what is written from now
 * on comes to one that asked for no events of before.
 */
export async function standing(feed: EventFeed): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  using _ = feed.follow(() => resolve())
  await promise
}

export async function followEvents(t: Test, url: string, headers: Record<string, string>): Promise<EventClient> {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const response = await fetch(url, { headers, signal: stop.signal })
  const waits = new Set<() => void>()
  const client: EventClient = {
    status: response.status,
    events: [],
    lastId: undefined,
    comments: 0,
    async until(condition) {
      while (!condition(client)) await new Promise<void>((resolve) => waits.add(resolve))
    },
    ended: Promise.resolve(),
    end: () => stop.abort(),
  }
  const take = (block: string) => {
    const lines = block.split('\n')
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    if (lines.some((line) => line.startsWith(':'))) client.comments++
    client.lastId = field('id') ?? client.lastId
    const data = field('data')
    if (data === undefined) return
    const event = JSON.parse(data) as Event
    if (event.id !== field('id') || event.kind !== field('event')) throw new Error(block)
    client.events.push(event)
  }
  client.ended = (async () => {
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      blocks.forEach(take)
      for (const wake of waits) wake()
      waits.clear()
    }
  })().catch(() => {})
  return client
}
