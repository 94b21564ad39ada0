import { isUndoable, type Outcome, type Scan } from './scan.ts'

/** The most scans that wait: more than a shift's, little enough for what a browser keeps. */
export const MOST_WAITING = 500
/** Scans that are over and stay for the list, for undoing, and for what was known of a machine last. */
const MOST_OVER = 60
/** Milliseconds until the next try while nothing answers. */
const AGAIN = 1000

/** What stands around a queue. */
export interface Rim {
  /** what was kept, and how it is kept from now on; a reload finds it */
  kept: () => string | null
  keep: (text: string) => void
  /**
   * does one scan
   * @throws `Unanswered` (it has to be done again), and what says that nobody is signed in
   */
  carryOut: (scan: Scan, note: (known: Partial<Scan>) => void, scans: readonly Scan[]) => Promise<Outcome>
  isUnanswered: (error: unknown) => boolean
  /** resolves after so many milliseconds, or at once when the network is back */
  pause: (milliseconds: number) => Promise<void>
  newId: () => string
  now: () => number
}

/** How things stand, for whoever shows them. A change makes a new one. */
export interface QueueState {
  /** oldest first */
  scans: readonly Scan[]
  /** false: the last try got no answer */
  isAnswered: boolean
  /** whose scans are sent; null: nobody is signed in */
  by: string | null
}

/**
 * Scans in the order in which they came: each is written down before it is sent, is sent until it is answered, and one after
 * the other, so that what was scanned last comes to be last.
 */
export class ScanQueue {
  #now: QueueState
  #isAtWork = false
  readonly #rim: Rim
  readonly #listeners = new Set<() => void>()

  constructor(rim: Rim) {
    this.#rim = rim
    this.#now = { scans: read(rim.kept()), isAnswered: true, by: null }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  readonly state = (): QueueState => this.#now

  /** Whose key sends from now on; null: nobody's. What others have done is forgotten, what they left waits for them. */
  worksFor(by: string | null): void {
    this.#set({ by, scans: this.#now.scans.filter((scan) => scan.outcome === null || scan.by === by) })
    void this.#work()
  }

  /** Takes a scan. @returns its id; null when too many wait */
  add(of: Pick<Scan, 'code' | 'ref' | 'job'>): string | null {
    if (this.waiting().length >= MOST_WAITING || this.#now.by === null) return null
    const id = this.#rim.newId()
    const scan = { ...of, id, at: this.#rim.now(), by: this.#now.by, before: null, isSent: false, outcome: null }
    this.#set({ scans: [...this.#now.scans, scan] })
    void this.#work()
    return id
  }

  /** Takes back the last change that was scanned and is not taken back. @returns id of the scan that tells of it; null: there is none */
  undo(code: string): string | null {
    const undone = new Set(this.#now.scans.flatMap(({ job }) => (job.kind === 'undo' ? [job.of] : [])))
    const last = this.#now.scans.findLast(
      (scan) => scan.by === this.#now.by && isUndoable(scan) && !undone.has(scan.id),
    )
    if (!last) return null
    // The one at work may be on its way already.
    if (last.outcome === null && !last.isSent && !(this.#isAtWork && last === this.#first())) {
      this.#change(last.id, { outcome: { kind: 'dropped' } })
      return last.id
    }
    const ref = last.outcome?.kind === 'done' ? last.outcome.facts.id : last.ref
    return this.add({ code, ref, job: { kind: 'undo', of: last.id } })
  }

  /** Whether the server was there a moment ago, as far as nothing is sent that would tell better. */
  heard(isAnswered: boolean): void {
    if (isAnswered !== this.#now.isAnswered && (!isAnswered || this.waiting().length === 0)) this.#set({ isAnswered })
  }

  /** Forgets what others left, which their keys alone could send. */
  dropForeign(): void {
    this.#set({ scans: this.#now.scans.filter(({ by }) => by === this.#now.by) })
  }

  readonly waiting = (): readonly Scan[] =>
    this.#now.scans.filter(({ outcome, by }) => outcome === null && by === this.#now.by)

  #first(): Scan | undefined {
    return this.#now.scans.find(({ outcome, by }) => outcome === null && by === this.#now.by)
  }

  async #work(): Promise<void> {
    if (this.#isAtWork) return
    this.#isAtWork = true
    try {
      for (let scan = this.#first(); scan; scan = this.#first()) if (!(await this.#do(scan))) break
    } finally {
      this.#isAtWork = false
    }
  }

  /** @returns false when nobody is signed in */
  async #do(scan: Scan): Promise<boolean> {
    const { id } = scan
    try {
      const outcome = await this.#rim.carryOut(scan, (known) => this.#change(id, known), this.#now.scans)
      this.#change(id, { outcome }, true)
    } catch (error) {
      if (!this.#rim.isUnanswered(error)) {
        this.#set({ by: null })
        return false
      }
      this.#set({ isAnswered: false })
      await this.#rim.pause(AGAIN)
    }
    return true
  }

  #change(id: string, known: Partial<Scan>, isAnswered = this.#now.isAnswered): void {
    this.#set({ isAnswered, scans: this.#now.scans.map((each) => (each.id === id ? { ...each, ...known } : each)) })
  }

  #set(change: Partial<QueueState>): void {
    const scans = change.scans ?? this.#now.scans
    const over = scans.filter(({ outcome }) => outcome !== null).length
    let surplus = over - MOST_OVER
    const kept = surplus > 0 ? scans.filter(({ outcome }) => outcome === null || surplus-- <= 0) : scans
    if (kept !== this.#now.scans) this.#rim.keep(JSON.stringify({ format: 1, scans: kept }))
    this.#now = { ...this.#now, ...change, scans: kept }
    for (const listener of this.#listeners) listener()
  }
}

/** What an earlier load of this page kept; what cannot be read counts as nothing. */
function read(text: string | null): readonly Scan[] {
  try {
    const { format, scans } = JSON.parse(text ?? '') as { format: number; scans: Scan[] }
    return format === 1 ? scans : []
  } catch {
    return []
  }
}
