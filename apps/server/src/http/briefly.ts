import { NewestMap } from '../newest-map.ts'

/** Milliseconds: whoever asks more often is told the same, so that many browsers cost what one does. */
const FRESH_MS = 1000
/** Different questions whose answers are kept. */
const MOST = 64

/**
 * Answers that are kept for a second, by what was asked. A failure is told to whoever waits for it, and not kept.
 * @param now milliseconds; any clock that runs on
 */
export function briefly<T>(now: () => number): (asked: string, take: () => Promise<T>) => Promise<T> {
  const taken = new NewestMap<string, { at: number; value: Promise<T> }>(MOST)
  return (asked, take) => {
    const kept = taken.get(asked)
    if (kept && now() - kept.at < FRESH_MS) return kept.value
    const mine = { at: now(), value: take() }
    taken.set(asked, mine)
    mine.value.catch(() => {
      if (taken.get(asked) === mine) taken.delete(asked)
    })
    return mine.value
  }
}
