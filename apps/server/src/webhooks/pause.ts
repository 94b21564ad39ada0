/** A wait that somebody may end early, also just before it begins. */
export class Pause {
  #ended = false
  #end = () => {}

  /** Resolves after so many milliseconds, or when it is ended. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#ended)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        this.#end = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    this.#ended = false
  }

  end(): void {
    this.#ended = true
    this.#end()
  }
}
