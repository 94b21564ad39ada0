import type { Screen } from './screen/screen.ts'

/** Refused for so long, the machine starts again from the network and gets a new boot token; milliseconds. */
const GIVE_UP = 5 * 60_000

export interface Refused {
  /** the server said at one more try that it does not take this agent */
  refused: (text: string) => void
  /** it does now */
  accepted: () => void
}

/**
 * Tells the person in front of the machine at once that it is refused, and restarts it when that lasts.
 * @param now     milliseconds on a clock that never jumps
 * @param restart called once
 */
export function openRefused(screen: Pick<Screen, 'end'>, now: () => number, restart: () => void): Refused {
  let since: number | null = null
  let restarting = false
  return {
    refused(text) {
      if (restarting) return
      if (since === null) screen.end('FAILED', `${text} If that lasts, this machine restarts in 5 minutes.`)
      since ??= now()
      if (now() - since < GIVE_UP) return
      restarting = true
      screen.end('FAILED', `${text} This machine starts again from the network.`)
      restart()
    },
    accepted() {
      since = null
    },
  }
}
