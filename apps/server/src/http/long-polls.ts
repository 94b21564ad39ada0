interface PollLimits {
  /** questions that wait for something to do: in all, and of one address */
  inAll: number
  perAddress: number
}

const POLL_LIMITS: PollLimits = { inAll: 1024, perAddress: 512 }

interface Poll extends Disposable {
  /** aborts when its session asks once more */
  readonly ended: AbortSignal
}

/** The questions of agents that wait for something to do, one of each session. */
export class LongPolls {
  readonly #limits: PollLimits
  readonly #bySession = new Map<string, AbortController>()
  readonly #byAddress = new Map<string, number>()
  #held = 0

  constructor(limits: PollLimits = POLL_LIMITS) {
    this.#limits = limits
  }

  get held(): number {
    return this.#held
  }

  /**
   * A session asks: what it asked before is answered now. To be disposed of when the answer is there.
   * @returns null when so many wait already that this one is to be answered at once
   */
  begin(sessionId: string, address: string): Poll | null {
    this.#bySession.get(sessionId)?.abort()
    this.#bySession.delete(sessionId)
    const ofAddress = this.#byAddress.get(address) ?? 0
    if (this.#held >= this.#limits.inAll || ofAddress >= this.#limits.perAddress) return null
    const end = new AbortController()
    this.#held++
    this.#bySession.set(sessionId, end)
    this.#byAddress.set(address, ofAddress + 1)
    return {
      ended: end.signal,
      [Symbol.dispose]: () => {
        this.#held--
        if (this.#bySession.get(sessionId) === end) this.#bySession.delete(sessionId)
        const left = (this.#byAddress.get(address) ?? 1) - 1
        if (left > 0) this.#byAddress.set(address, left)
        else this.#byAddress.delete(address)
      },
    }
  }
}
