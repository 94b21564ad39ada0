/** Places that are given out in the order of asking; a place comes back when its holder calls the returned function. */
export class Slots {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  /** Resolves when a place is free, with the function that gives it back (calling it twice does no harm). */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    let held = true
    return () => {
      if (!held) return
      held = false
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}

/** Emulated machines that run at once in this process: two cores cannot carry more. */
export const machineSlots = new Slots(2)
