import type { Logger } from 'pino'

/** Starts one part from what the parts before it made. What has to end with the part goes onto `ends`. */
export type Start<Context, Made> = (context: Context, ends: AsyncDisposableStack) => Made | Promise<Made>

interface Part {
  name: string
  start: Start<never, unknown>
}

/** Everything that was made, by the names of the parts, until it is disposed of. */
export interface Running<Context> extends AsyncDisposable {
  made: Context
}

/** A list of parts that start in order and stop in reverse. */
export class Parts<Given extends { log: Pick<Logger, 'debug' | 'error'> }, Context extends Given = Given> {
  readonly #parts: readonly Part[]

  constructor(parts: readonly Part[] = []) {
    this.#parts = parts
  }

  /** The same list and one part more: those after it find what it made under its name, which is nobody else's. */
  with<Name extends string, Made>(
    name: Exclude<Name, keyof Context>,
    start: Start<Context, Made>,
  ): Parts<Given, Context & { [N in Name]: Made }> {
    return new Parts([...this.#parts, { name, start }])
  }

  /**
   * Starts all of them. When one cannot start, everything that had started ends again, and its error is thrown as it
   * is; the log names the part. When they are disposed of, one that cannot end keeps no other from ending; its error is
   * thrown at the end.
   */
  async start(given: Given): Promise<Running<Context>> {
    const { log } = given
    const started = new AsyncDisposableStack()
    let made: object = given
    for (const { name, start } of this.#parts) {
      const ends = new AsyncDisposableStack()
      started.defer(() =>
        ends.disposeAsync().catch((error: unknown) => {
          log.error({ err: error, part: name }, 'a part could not be stopped')
          throw error
        }),
      )
      try {
        made = { ...made, [name]: await start(made as never, ends) }
        log.debug({ part: name }, 'a part was started')
      } catch (error) {
        log.debug({ err: error, part: name }, 'a part could not be started')
        // What goes wrong here is in the log; the caller is to hear why nothing started.
        await started.disposeAsync().catch(() => undefined)
        throw error
      }
    }
    return { made: made as Context, [Symbol.asyncDispose]: () => started.disposeAsync() }
  }
}
