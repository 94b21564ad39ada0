import { Unreadable } from '@eims/medium'
import { sleep } from '../back-off.ts'
import type { Machine } from '../machine.ts'
import type { Screen } from '../screen/screen.ts'
import { type Found, findMedium, isStillIn } from './found.ts'

/** Milliseconds between two looks for the medium: a stick behind a hub takes seconds to show up. */
export const LOOK_AGAIN = 1000
/** So many looks find the same fault before it is the end: the machine's own medium may be one that has not shown up yet. */
const FAULTY_LOOKS = 30
/** So many looks find the medium within the machine only, before it is taken for more than a copy that somebody left there. */
const INSIDE_LOOKS = 5
/** So many times a medium that is in may fail to be read. */
const TRIES = 3

/** What ends an installation before its run begins: a sentence for the person in front of the machine. */
export class Refused extends Error {}

/** The medium cannot be read now, before anything was begun: it is looked for anew. */
class Away extends Error {}

interface LookOptions {
  machine: Machine
  seal: string
  screen: Pick<Screen, 'wait'>
  /** milliseconds between two looks */
  lookAgain?: number | undefined
}

/**
 * Finds the medium and does something with it, from the beginning again when it was taken out meanwhile.
 * @param use rejects by `unread` for what failed to be read
 * @throws Refused when it stays in and cannot be read, or something stays that may be it and is damaged; what `use` throws
 */
export async function withFound(
  options: LookOptions,
  use: (found: Found) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { machine, screen, lookAgain = LOOK_AGAIN } = options
  for (let failed = 0; ; ) {
    const found = await waitForMedium(options, signal)
    const { path } = found.facts
    try {
      return await use(found)
    } catch (error) {
      if (!(error instanceof Away)) throw error
      await Promise.resolve(found.disk[Symbol.asyncDispose]()).catch(() => {})
      if (await isStillIn(machine, found)) failed += 1
      if (failed === TRIES) throw new Refused(`The medium ${path} cannot be read: ${error.message}.`)
      screen.wait(`the medium ${path} cannot be read; if it was taken out, put it in again (${error.message})`)
      await sleep(lookAgain, signal)
    }
  }
}

/** For `catch`: a medium that says of itself what is wrong is refused, one that cannot be read is looked for anew. */
export const unread =
  ({ facts }: Pick<Found, 'facts'>, signal: AbortSignal) =>
  (error: Error): never => {
    signal.throwIfAborted()
    if (error instanceof Unreadable) throw new Refused(`The medium ${facts.path} is damaged: ${error.message}.`)
    throw new Away(error.message)
  }

async function waitForMedium(
  { machine, seal, screen, lookAgain = LOOK_AGAIN }: LookOptions,
  signal: AbortSignal,
): Promise<Found> {
  let same = { fault: '', looks: 0 }
  for (let inside = 1; ; ) {
    const found = await findMedium(machine, seal)
    if (!('fault' in found)) {
      if (found.outside || inside === INSIDE_LOOKS) return found
      inside += 1
      await found.disk[Symbol.asyncDispose]()
    } else if (found.fault !== null) {
      same = { fault: found.fault, looks: found.fault === same.fault ? same.looks + 1 : 1 }
      if (same.looks === FAULTY_LOOKS) throw new Refused(found.fault)
    }
    const fault = 'fault' in found ? found.fault : null
    screen.wait(fault ?? 'the medium that this machine started from is not found yet')
    await sleep(lookAgain, signal)
  }
}
