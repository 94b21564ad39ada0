import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '@eims/contracts'
import type { Server } from './connection.ts'
import { followEvents } from './event-stream.ts'

/** Whether something happened, as the server's event stream tells it. */
interface News extends Disposable {
  /** since `forget` */
  readonly told: boolean
  /** false while there is no stream: refused, broken, or not there yet */
  readonly listening: boolean
  forget: () => void
  /** something else happened */
  tell: () => void
  /** resolves after so many milliseconds, or when `told` or `listening` changes */
  wait(milliseconds: number): Promise<void>
}

interface Listening {
  server: Server
  /** kinds of events, separated by commas; left out: all */
  kinds?: string
  /** whether an event of these kinds is one */
  concerns?: (event: Event) => boolean
  /** milliseconds until a stream that was refused is asked for again */
  again?: number
}

/** Listens in the background until disposed of. Failures are not reported: whoever polls as well misses nothing. */
export function listen({ server, kinds, concerns = () => true, again = 10_000 }: Listening): News {
  const stop = new AbortController()
  const { signal } = stop
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => {})
  let [told, listening] = [false, false]
  let wake = () => {}
  const now = (state: { told?: boolean; listening?: boolean }) => {
    const before = [told, listening].join()
    told = state.told ?? told
    listening = state.listening ?? listening
    if ([told, listening].join() !== before) wake()
  }

  const follow = async () => {
    const events = followEvents({
      baseUrl: server.url,
      key: server.key,
      query: { kind: kinds },
      signal,
      pause,
      // What happened before is not on it.
      onOpen: () => now({ told: true, listening: true }),
      onLost: () => now({ listening: false }),
    })
    for await (const event of events) if (concerns(event)) now({ told: true })
  }
  void (async () => {
    while (!signal.aborted) {
      await follow().catch(() => {})
      now({ listening: false })
      await pause(again)
    }
  })()

  return {
    get told() {
      return told
    },
    get listening() {
      return listening
    },
    forget() {
      told = false
    },
    tell: () => now({ told: true }),
    wait: (milliseconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    [Symbol.dispose]() {
      stop.abort()
      wake()
    },
  }
}
