import { Event, ProblemError, problemFrom } from '@eims/contracts'

/** One server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html section 9.2.6. */
interface ServerSent {
  id: string | null
  event: string
  data: string
}

/** Far longer than any event of ours; a stream with a longer one is not ours. */
const MOST_CHARACTERS = 1024 * 1024

/** PURE: text as it comes in -> whole events. Comments (heartbeats) give none. @throws Error when an event never ends */
export function serverSentParser(): (text: string) => ServerSent[] {
  let rest = ''
  let id: string | null = null
  return (text) => {
    // A CR at the very end may be the first half of a CRLF.
    const whole = rest + text
    const lone = whole.endsWith('\r')
    const blocks = whole
      .slice(0, lone ? -1 : undefined)
      .replace(/\r\n?/g, '\n')
      .split('\n\n')
    rest = (blocks.pop() ?? '') + (lone ? '\r' : '')
    if (rest.length > MOST_CHARACTERS) throw new Error('the server sends an event without an end')
    return blocks.flatMap((block) => {
      const data: string[] = []
      let event = 'message'
      for (const line of block.split('\n')) {
        const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
        if (field === 'data') data.push(value)
        if (field === 'event') event = value
        if (field === 'id' && !value.includes('\0')) id = value
      }
      return data.length > 0 ? [{ id, event, data: data.join('\n') }] : []
    })
  }
}

interface Followed {
  baseUrl: string
  key: string
  query: Record<string, string | undefined>
  signal: AbortSignal
  /** a lost connection is taken up again where it ended, after so many milliseconds */
  pause: (milliseconds: number) => Promise<void>
  /** said before it is tried again */
  onLost: (error: unknown) => void
  /** a connection stands: what happens from now on comes */
  onOpen?: () => void
}

const PAUSES_MS = [1000, 2000, 5000, 10_000]
/** The server says something, if only a comment, more often than that. */
const SILENCE_MS = 60_000

/**
 * Events as they happen, without an end. A connection that breaks is taken up again with the last event's id, so that
 * none is lost or comes twice; one that cannot be made at first is an error.
 * @throws ProblemError, and what fetch throws on the first try
 */
export async function* followEvents(followed: Followed): AsyncGenerator<Event> {
  const { baseUrl, key, query, signal, pause, onLost, onOpen: tell } = followed
  let lastId: string | undefined
  let begun = false
  let tries = 0
  const onOpen = () => {
    begun = true
    tell?.()
  }
  while (!signal.aborted) {
    try {
      for await (const sent of connection({ baseUrl, key, query, signal, lastId, onOpen })) {
        tries = 0
        if (sent.id) lastId = sent.id
        const event = Event.safeParse(parsed(sent.data))
        if (event.success) yield event.data
      }
      onLost(new Error('the server ended the stream'))
    } catch (error) {
      if (signal.aborted) return
      if (!begun || (error instanceof ProblemError && error.code !== 'database-down')) throw error
      onLost(error)
    }
    await pause(PAUSES_MS[Math.min(tries++, PAUSES_MS.length - 1)]!)
  }
}

interface Connection extends Pick<Followed, 'baseUrl' | 'key' | 'query' | 'signal'> {
  lastId: string | undefined
  onOpen: () => void
}

async function* connection({ baseUrl, key, query, signal, lastId, onOpen }: Connection): AsyncGenerator<ServerSent> {
  const url = new URL('/api/v1/events', baseUrl)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  const silence = new AbortController()
  const watchdog = setTimeout(() => silence.abort(new Error('the server has gone silent')), SILENCE_MS)
  try {
    const response = await fetch(url, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${key}`,
        ...(lastId ? { 'last-event-id': lastId } : {}),
      },
      signal: AbortSignal.any([signal, silence.signal]),
    })
    if (!response.ok)
      throw (
        problemFrom(await response.text()) ??
        new ProblemError('internal', `the server answered ${response.status} without a problem document`)
      )
    onOpen()
    const parse = serverSentParser()
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      watchdog.refresh()
      yield* parse(decoder.decode(chunk, { stream: true }))
    }
  } finally {
    clearTimeout(watchdog)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
