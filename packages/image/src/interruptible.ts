/**
 * What a source gives, until the signal: then it throws the signal's reason, even while the source is silent.
 * The source is told to end, and not waited for.
 */
export async function* interruptible<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T, void> {
  const pieces = source[Symbol.asyncIterator]()
  let end: (reason: unknown) => void = () => {}
  const stop = () => end(signal?.reason)
  signal?.addEventListener('abort', stop)
  try {
    for (;;) {
      signal?.throwIfAborted()
      // A promise for each piece: one for all of them would hold all of them.
      const stopped = Promise.withResolvers<never>()
      end = stopped.reject
      const next = await Promise.race([pieces.next(), stopped.promise])
      if (next.done) return
      yield next.value
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    void Promise.resolve(pieces.return?.()).catch(() => {})
  }
}
