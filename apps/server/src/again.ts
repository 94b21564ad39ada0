/**
 * Looks again and again until it is disposed of, which waits for a look that is under way.
 * @param look must not reject. @returns milliseconds to the next one
 * @param first milliseconds to the first one
 */
export function again(look: () => Promise<number>, first: number): AsyncDisposable {
  let stopped = false
  let running = Promise.resolve()
  const round = async () => {
    const pause = await look()
    if (!stopped) timer = setTimeout(next, pause)
  }
  const next = () => {
    running = round()
  }
  let timer = setTimeout(next, first)
  return {
    async [Symbol.asyncDispose]() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
