import { NewestMap } from '../newest-map.ts'

const REMEMBERED = 4096

/** Agents that wait for something to do, by node: a change of the node ends their wait early. */
export class NodeWaits {
  readonly #waiting = new Map<string, Set<() => void>>()
  /** what each machine was told last: its timeline need not hear that again with each question */
  readonly #told = new NewestMap<string, string>(REMEMBERED)

  /** Resolves after `milliseconds`, at `wake(nodeId)`, or when `signal` aborts. */
  wait(nodeId: string, milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(nodeId) ?? new Set()
      this.#waiting.set(nodeId, waiting)
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        waiting.delete(done)
        if (waiting.size === 0 && this.#waiting.get(nodeId) === waiting) this.#waiting.delete(nodeId)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      waiting.add(done)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })
  }

  /** Whether a node is told something else than the last time. Remembered of the 4096 that were told last. */
  isNews(nodeId: string, text: string): boolean {
    const before = this.#told.get(nodeId)
    this.#told.set(nodeId, text)
    return before !== text
  }

  wake(nodeId: string): void {
    for (const done of this.#waiting.get(nodeId) ?? []) done()
  }

  /** Something changed that may concern any node. */
  wakeAll(): void {
    for (const nodeId of this.#waiting.keys()) this.wake(nodeId)
  }
}
