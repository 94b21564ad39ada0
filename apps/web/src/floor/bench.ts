import type { Session } from '@eims/contracts'
import { batchCode, type Command, type Job, LOOK_UP, readCode } from './code.ts'
import type { ScanQueue } from './queue.ts'
import type { Scan } from './scan.ts'

/** Milliseconds without a scan after which a command ends: whoever comes next does not hold what he means to look up. */
export const MOST_SILENCE = 120_000
/** Characters that are shown of a code that is no machine's. */
const MOST_SHOWN = 64

/** What is told of a scan that is no machine's. */
export type Note =
  | 'mode'
  | 'mode-over'
  | 'no-command'
  | 'too-long'
  | 'keyboard-fits'
  | 'keyboard-swapped'
  | 'only-look'
  | 'full'
  | 'nothing-to-undo'
  | 'asking-batch'
  | 'no-batch'
  | 'batch-unknown'

/** What fills the screen; `turn` tells two of the same apart. */
export type Shown =
  | { kind: 'ready' }
  | { kind: 'scan'; id: string; turn: number }
  | { kind: 'note'; note: Note; code: string; turn: number }

/** How the bench stands; a change makes a new one. */
export interface BenchState {
  session: Session | null
  /** what is done with the machines that are scanned */
  job: Job
  /** when that ends, by the rim's clock; null: it does not, being to look up */
  endsAt: number | null
  shown: Shown
}

/** What stands around a bench. */
interface Rim {
  now: () => number
  /** calls back after so many milliseconds; @returns what calls it off */
  after: (milliseconds: number, then: () => void) => () => void
  /** names of batches by their codes, asked of the server: the last known ones where it does not answer, and whether it did */
  batches: () => Promise<{ names: ReadonlyMap<string, string>; isAnswered: boolean }>
}

/** Where one person scans: which command is on, and what is shown of what was scanned last. */
export class Bench {
  #state: BenchState = { session: null, job: LOOK_UP, endsAt: null, shown: { kind: 'ready' } }
  #batches: ReadonlyMap<string, string> = new Map()
  #turn = 0
  #callOff = () => {}
  readonly #queue: ScanQueue
  readonly #rim: Rim
  readonly #listeners = new Set<() => void>()

  constructor(queue: ScanQueue, rim: Rim) {
    this.#queue = queue
    this.#rim = rim
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  readonly state = (): BenchState => this.#state

  /** Somebody signed in, or out. */
  signedIn(session: Session | null): void {
    this.#set({ session, ...(session ? {} : { shown: { kind: 'ready' } }) })
    this.#begin(LOOK_UP)
    this.#queue.worksFor(session?.name ?? null)
    if (session) void this.#askForBatches()
  }

  /** Takes a line of a scanner, or of somebody who types. */
  take(line: string): void {
    this.#endIfSilent()
    const read = readCode(line)
    const code = line.trim().slice(0, MOST_SHOWN)
    if (read.kind === 'machine') this.#scan(line.trim(), read.ref)
    else if (read.kind === 'command') this.#command(code, read.command)
    else if (read.kind === 'keyboard') this.#tell(read.fits ? 'keyboard-fits' : 'keyboard-swapped', code)
    else if (read.kind !== 'nothing') this.#tell(read.kind, code)
  }

  #scan(code: string, ref: string): void {
    const { job } = this.#state
    this.#show(this.#queue.add({ code, ref, job }), 'full', code)
    if (job.kind !== 'look-up') this.#begin(job)
  }

  #command(code: string, command: Command): void {
    if (command.kind !== 'look-up' && this.#state.session?.role === 'viewer') this.#tell('only-look', code)
    else if (command.kind === 'undo') this.#show(this.#queue.undo(code), 'nothing-to-undo', code)
    else if (command.kind === 'assign-by-code') this.#assign(command.code)
    else {
      this.#begin(command)
      this.#tell('mode', code)
    }
  }

  /** A batch that was made lately is asked for; nothing is changed until it is known which one it is. */
  #assign(code: string): void {
    const known = this.#batches.get(code)
    this.#begin(known === undefined ? LOOK_UP : { kind: 'assign', batch: known })
    this.#tell(known === undefined ? 'asking-batch' : 'mode', code)
    if (known !== undefined) return
    const turn = this.#turn
    void this.#askForBatches().then((isAnswered) => {
      const { shown } = this.#state
      if (shown.kind !== 'note' || shown.turn !== turn) return
      if (this.#batches.has(code)) this.#assign(code)
      else this.#tell(isAnswered ? 'no-batch' : 'batch-unknown', code)
    })
  }

  async #askForBatches(): Promise<boolean> {
    const { names, isAnswered } = await this.#rim.batches()
    this.#batches = names
    return isAnswered
  }

  #begin(job: Job): void {
    this.#callOff()
    const isLasting = job.kind === 'look-up'
    this.#callOff = isLasting ? () => {} : this.#rim.after(MOST_SILENCE, () => this.#end())
    this.#set({ job, endsAt: isLasting ? null : this.#rim.now() + MOST_SILENCE })
  }

  /** A tab that nobody looked at has late timers, so each scan asks as well. */
  #endIfSilent(): void {
    const { endsAt } = this.#state
    if (endsAt !== null && this.#rim.now() >= endsAt) this.#end()
  }

  #end(): void {
    this.#begin(LOOK_UP)
    this.#tell('mode-over', '')
  }

  #show(id: string | null, otherwise: Note, code: string): void {
    if (id === null) this.#tell(otherwise, code)
    else this.#set({ shown: { kind: 'scan', id, turn: ++this.#turn } })
  }

  #tell(note: Note, code: string): void {
    this.#set({ shown: { kind: 'note', note, code, turn: ++this.#turn } })
  }

  #set(change: Partial<BenchState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** PURE: names of batches by their codes. */
export const byCode = (batches: readonly { id: string; name: string }[]): ReadonlyMap<string, string> =>
  new Map(batches.map(({ id, name }) => [batchCode(id), name]))

/** PURE: the scan that tells what was last known of a machine, for while nothing answers. */
export function lastKnown(scans: readonly Scan[], ref: string) {
  const wanted = ref.toLowerCase()
  for (const { ref: other, outcome } of scans.toReversed()) {
    const facts = outcome && 'facts' in outcome ? outcome.facts : null
    if (!facts) continue
    const names = [other, facts.id, facts.name, facts.serial, facts.mac]
    if (names.some((each) => each?.toLowerCase() === wanted)) return facts
  }
  return null
}
