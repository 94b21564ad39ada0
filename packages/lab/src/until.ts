import { setTimeout as sleep } from 'node:timers/promises'

/** an answer that says: not yet */
type Nothing = false | null | undefined | 0 | ''

/**
 * Asks again and again until there is an answer. It has no limit of its own: a test that waits in vain ends by its timeout.
 * @param ask   what is waited for
 * @param every milliseconds between two questions
 * @returns the first answer that is one
 * @throws what `ask` throws
 */
export async function until<T>(ask: () => T | Promise<T>, every = 10): Promise<Exclude<T, Nothing>> {
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, Nothing>
    await sleep(every)
  }
}

/**
 * The same with an end, also when a question is never answered.
 * @param what   what is waited for, and how it stands, for whoever reads that it did not come
 * @param within milliseconds
 * @throws Error that says so; what `ask` throws
 */
export async function untilWithin<T>(
  what: () => string,
  within: number,
  ask: () => T | Promise<T>,
  every = 10,
): Promise<Exclude<T, Nothing>> {
  let isOver = false
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    isOver = true
    late.reject(new Error(`not within ${within / 1000} s: ${what()}`))
  }, within)
  try {
    const asked = until(async () => {
      const answer = await ask()
      return answer || (isOver && 'nobody waits any more')
    }, every)
    return (await Promise.race([asked, late.promise])) as Exclude<T, Nothing>
  } finally {
    isOver = true
    clearTimeout(timer)
  }
}

/** Resolves when so many transactions of this database, or none any more, wait for a lock that another one holds. */
export async function waitingForLocks(
  db: { $queryRawUnsafe<T>(statement: string): Promise<T> },
  wanted: number | 'none',
): Promise<void> {
  await until(async () => {
    const waiting = await db.$queryRawUnsafe<unknown[]>(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    return wanted === 'none' ? waiting.length === 0 : waiting.length >= wanted
  })
}
