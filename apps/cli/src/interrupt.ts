/** Ctrl-C ended what would have gone on: nothing to be said, exit code 130. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted')
    this.name = 'Interrupted'
  }
}

export interface Interruptible extends Disposable {
  signal: AbortSignal
  /** rejects with Interrupted, to be raced with what may hang */
  tripped: Promise<never>
}

/** What Ctrl-C and `kill` trip as long as it is not disposed of; a second Ctrl-C ends the process. */
export function interruptible(): Interruptible {
  const controller = new AbortController()
  const { promise: tripped, reject } = Promise.withResolvers<never>()
  tripped.catch(() => {})
  const stop = () => {
    controller.abort(new Interrupted())
    reject(new Interrupted())
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  return {
    signal: controller.signal,
    tripped,
    [Symbol.dispose]() {
      process.off('SIGINT', stop).off('SIGTERM', stop)
    },
  }
}
