/** After so long without a word a person hears what is waited for, in milliseconds. */
const SILENCE_MS = 10_000

export interface Wait {
  /** milliseconds since 1970 */
  at: number
  /** the machine; '' for the demo itself */
  node: string
  text: string
  /** for so long, whole seconds */
  seconds: number
}

/** Sees to it that a demo is never silent for long. */
export class Patience {
  readonly #now: () => number
  readonly #say: (wait: Wait) => void
  readonly #waits = new Map<string, { what: string; since: number }>()
  #last: number

  /** @param now milliseconds since 1970 */
  constructor(now: () => number, say: (wait: Wait) => void) {
    this.#now = now
    this.#say = say
    this.#last = now()
  }

  /** Something was said. */
  heard(): void {
    this.#last = this.#now()
  }

  /** What is waited for from now on, until `over`; another text for the same thing goes on with its time. */
  waits(node: string, what: string, isSame = false): void {
    const before = this.#waits.get(node)
    this.#waits.set(node, { what, since: isSame && before ? before.since : this.#now() })
  }

  over(node: string): void {
    this.#waits.delete(node)
  }

  /** To be called every second or so. */
  look(): void {
    const at = this.#now()
    if (at - this.#last < SILENCE_MS) return
    for (const [node, { what, since }] of this.#waits)
      this.#say({ at, node, text: what, seconds: Math.round((at - since) / 1000) })
    if (this.#waits.size > 0) this.heard()
  }
}
