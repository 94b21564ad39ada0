import type { EventMark } from '@eims/registry'

/** A mark that may not be settled for longer holds everybody up: some program keeps a transaction open for an hour. */
const LONGEST_WAIT_MILLISECONDS = 60_000
const MOST_MARKS = 256

/**
 * Up to which id every event is there for good. Ids are given out when a row is written and appear when its transaction
 * commits, so 6 may be readable while 5 is still to come; whoever had sent 6 already would never send 5. An id is behind
 * the horizon when every transaction that could have taken one below it has ended: whoever has is among the writers of any
 * later look until then. PURE: no clock, no database.
 */
export class EventHorizon {
  /** undefined until the first mark is settled */
  reached: bigint | undefined
  /** those who wrote one look later than `id` was read, and have done so ever since */
  #marks: { id: bigint; writers: string[] | undefined; at: number }[] = []

  /** A look at the database. Returns whether the horizon moved. */
  look({ id, writers }: EventMark, now: number): boolean {
    const before = this.reached
    const writing = new Set(writers)
    for (const mark of this.#marks) mark.writers = mark.writers?.filter((each) => writing.has(each)) ?? writers
    const settled = this.#marks.filter(
      (mark) => mark.writers?.length === 0 || now - mark.at > LONGEST_WAIT_MILLISECONDS,
    )
    for (const mark of settled) if (this.reached === undefined || mark.id > this.reached) this.reached = mark.id
    this.#marks = this.#marks.filter((mark) => !settled.includes(mark))
    const newest = this.#marks.at(-1)?.id ?? this.reached
    if (newest === undefined || id > newest) this.#marks.push({ id, writers: undefined, at: now })
    if (this.#marks.length > MOST_MARKS) this.#marks.splice(1, 1)
    return this.reached !== before
  }
}
