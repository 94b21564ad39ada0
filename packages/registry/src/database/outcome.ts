import { AsyncLocalStorage } from 'node:async_hooks'
import { isDatabaseDown } from './down.ts'

/** The database went away after something was sent to it to be kept: that may have been done, or not. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown'
}

interface Watch {
  sent: boolean
  around: Watch | undefined
}

const watches = new AsyncLocalStorage<Watch>()

/** A COMMIT, or a change outside of a transaction, is on its way; whoever watches will not say that nothing was done. */
export function noteSent(): void {
  for (let watch = watches.getStore(); watch; watch = watch.around) watch.sent = true
}

/** Writes what is no part of the change that others watch: a note about it, for example, that is there whatever comes of it. */
export const besideChange = <T>(work: () => PromiseLike<T>): Promise<T> => watches.exit(async () => await work())

/**
 * Does `work`, and tells a failure after which nothing is changed from one after which that cannot be known.
 * @throws OutcomeUnknown when the database went away after a change was sent to it; whatever else `work` throws, as it is
 */
export async function knowingOutcome<T>(work: () => Promise<T>): Promise<T> {
  const watch: Watch = { sent: false, around: watches.getStore() }
  try {
    return await watches.run(watch, work)
  } catch (error) {
    if (!watch.sent || error instanceof OutcomeUnknown || !isDatabaseDown(error)) throw error
    throw new OutcomeUnknown('the database went away while it was written', { cause: error })
  }
}
