import { setTimeout as sleep } from 'node:timers/promises'
import type { EmbeddedPostgres } from './start.ts'

/** Milliseconds before each try; the last one before all that follow. */
const PAUSES_MS = [0, 1_000, 2_000, 5_000, 10_000, 30_000]
/** One that ran for so long ended for a new reason: the pauses begin anew. */
const LASTING_MS = 60_000

interface KeptPostgres extends AsyncDisposable {
  /** what is wrong with it at the moment, for whoever asks; null when it runs. PostgreSQL's own words are in the log. */
  trouble: () => string | null
}

/**
 * Keeps the embedded PostgreSQL running until disposed of: one that ended is started again, after longer and longer
 * pauses, and in the end every 30 s for as long as it takes. Nothing is gained by giving up: the service answers
 * machines without its database, too, by telling them to wait.
 * @param options.pause waits so many milliseconds; rejects when the signal aborts
 * @param options.now   milliseconds of a clock that never jumps
 */
export function keepRunning(
  postgres: Pick<EmbeddedPostgres, 'ended' | 'startAgain'>,
  options: {
    log: (line: string) => void
    pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>
    now?: () => number
  },
): KeptPostgres {
  const { log, now = () => performance.now() } = options
  const { pause = (milliseconds, signal) => sleep(milliseconds, undefined, { signal }) } = options
  const over = new AbortController()
  const isOver = new Promise<null>((resolve) => over.signal.addEventListener('abort', () => resolve(null)))
  let failures = 0
  let trouble: string | null = null

  const fell = async (why: string) => {
    const wait = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]!
    const often = failures >= PAUSES_MS.length ? `, after ${failures + 1} failures in a row` : ''
    log(`database: PostgreSQL is started again${wait > 0 ? ` in ${wait / 1000} s` : ''}${often}: ${why}`)
    failures++
    await pause(wait, over.signal)
  }
  const keep = async () => {
    for (;;) {
      const since = now()
      const why = await Promise.race([postgres.ended, isOver])
      if (why === null) return
      if (now() - since >= LASTING_MS) failures = 0
      trouble = 'the embedded PostgreSQL ended and is being started again'
      await fell(why)
      await untilStarted()
      trouble = null
      log('database: PostgreSQL runs again')
    }
  }
  const untilStarted = async () => {
    for (;;)
      try {
        return await postgres.startAgain()
      } catch (error) {
        over.signal.throwIfAborted()
        trouble = 'the embedded PostgreSQL does not start; the log of the service says why'
        await fell((error as Error).message)
      }
  }
  const kept = keep().catch((error: unknown) => {
    if (!over.signal.aborted) throw error
  })
  return {
    trouble: () => trouble,
    async [Symbol.asyncDispose]() {
      over.abort()
      // A start that is under way is ended by whoever stops PostgreSQL.
      await Promise.race([kept, sleep(0)])
    },
  }
}
