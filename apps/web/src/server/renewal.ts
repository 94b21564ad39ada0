/** Rows that are read anew by their ids in one request: its filter has 2,000 characters. */
export const MOST_ROWS = 40
/** Milliseconds between two requests: a storm of events leaves the server time for others. */
const PAUSE = 100
/** The same after one that failed. */
const LATER = 5000

interface RenewalParts {
  /** the rows that are loaded, by their ids, in the order of the list */
  loaded: () => Iterable<string>
  /** whether a list is being read: what comes of it may be older than what was renewed meanwhile, and takes its place */
  isReading: () => boolean
  /** reads these rows and puts them in their places; rejects when the server does not answer */
  read: (ids: string[]) => Promise<void>
  /** a timer: milliseconds, and what is done then */
  after: (wait: number, then: () => void) => void
}

/**
 * Brings rows up to date, however many change at once: those in sight first, then the others in the order of the list, one
 * bounded request at a time. None is forgotten: what changes again while it is read is read again, and what could not be
 * read, later. Whatever is not loaded is left out.
 */
export class RowRenewal {
  readonly #parts: RenewalParts
  readonly #stale = new Set<string>()
  /** renewed while a list was being read */
  readonly #again = new Set<string>()
  #inSight: readonly string[] = []
  #goesOn = false

  constructor(parts: RenewalParts) {
    this.#parts = parts
  }

  /** The rows that a person sees, by their ids. */
  see(ids: readonly string[]): void {
    this.#inSight = ids
  }

  get inSight(): readonly string[] {
    return this.#inSight
  }

  /** Nodes that changed, by their ids. */
  add(ids: Iterable<string>): void {
    for (const id of ids) this.#stale.add(id)
    if (this.#goesOn || this.#stale.size === 0) return
    this.#goesOn = true
    void this.#round()
  }

  /** Forgets all that is not renewed yet. */
  stop(): void {
    this.#stale.clear()
    this.#again.clear()
  }

  async #round(): Promise<void> {
    const { loaded, isReading, read, after } = this.#parts
    if (!isReading()) {
      for (const id of this.#again) this.#stale.add(id)
      this.#again.clear()
    }
    const next = nextRows(this.#stale, this.#inSight, loaded())
    if (next.length === 0 && !isReading()) this.#stale.clear()
    for (const id of next) this.#stale.delete(id)
    const answered = next.length === 0 || (await read(next).then(ofSuccess, ofFailure))
    const left = !answered ? this.#stale : isReading() ? this.#again : null
    if (left) for (const id of next) left.add(id)
    this.#goesOn = this.#stale.size + this.#again.size > 0
    if (this.#goesOn) after(answered ? PAUSE : LATER, () => void this.#round())
  }
}

const ofSuccess = () => true
const ofFailure = () => false

/** PURE: of the stale rows those that are read next, a request's worth at most. */
function nextRows(stale: ReadonlySet<string>, inSight: readonly string[], loaded: Iterable<string>): string[] {
  const next = new Set<string>()
  for (const ids of [inSight, loaded])
    for (const id of ids) {
      if (next.size === MOST_ROWS) return [...next]
      if (stale.has(id)) next.add(id)
    }
  return [...next]
}
