import { once } from 'node:events'
import { sleep } from './back-off.ts'
import { Failure } from './failure.ts'

/** Work went on though it was told to stop: a disk that no longer answers keeps its caller for ever. */
export class Stuck extends Failure {}

/**
 * The work's own end, unless it does not end within `grace` milliseconds after `stop` was aborted.
 * @param name   of the action
 * @param signal ends the agent, without any grace
 * @throws Stuck, what the work throws, and what `signal` was aborted with
 */
export async function unlessStuck<T>(
  work: Promise<T>,
  { name, stop, grace, signal }: { name: string; stop: AbortSignal; grace: number; signal: AbortSignal },
): Promise<T> {
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  const watch = async (): Promise<never> => {
    if (!stop.aborted) await once(stop, 'abort', { signal: ended })
    await sleep(grace, ended)
    throw new Stuck({ code: 'action-stuck', slots: { action: name, seconds: grace / 1000 } })
  }
  try {
    return await Promise.race([work, watch()])
  } finally {
    over.abort()
  }
}
