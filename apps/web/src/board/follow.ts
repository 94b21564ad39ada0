import type { Board } from '@eims/contracts'
import { batches } from './look.ts'
import { isOutOfDate, Refused, readBoard, readSession, signIn, signOut } from './server.ts'

/** Milliseconds between an answer and the next question. */
const EVERY = 2000
/** The same when only a person can help. */
const SELDOM = 30_000
/** Milliseconds after which the cookie is renewed, and the page if there is a newer one. */
const RENEWED = 3600_000
/** Milliseconds that a screen's clock may be wrong before the server's is shown. */
const CLOCK = 2000

/** Why there is nothing to show: in what a person can do about it. */
export type Trouble = 'wrong-key' | 'key-of-more' | 'signed-out' | 'no-batch'

/** What is known at the moment. */
export interface Known {
  board: Board | null
  /** when it was told, by this screen's clock, in milliseconds since 1970; null: never */
  heardAt: number | null
  /** milliseconds by which the server's clock is ahead */
  ahead: number
  trouble: Trouble | null
}

/** Takes the key out of the address at once: it is in no history that is gone through, and on no photograph of the screen. */
function keyInAddress(): string | null {
  if (location.hash === '') return null
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  history.replaceState(null, '', location.pathname + location.search)
  return key
}

/** Asks the server again and again, one question at a time, and tells whoever shows it. */
class Following {
  known: Known = { board: null, heardAt: null, ahead: 0, trouble: null }
  #key: string | null = null
  #renewedAt = Date.now()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** a round that another one has taken the place of tells nothing */
  #round = 0
  readonly #listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  start(): void {
    const begin = () => {
      this.#key = keyInAddress() ?? this.#key
      clearTimeout(this.#timer)
      void this.#look(++this.#round)
    }
    // The same address with another key loads nothing anew.
    addEventListener('hashchange', () => {
      if (location.hash !== '') begin()
    })
    begin()
  }

  #tell(known: Partial<Known>): void {
    this.known = { ...this.known, ...known }
    for (const listener of this.#listeners) listener()
  }

  async #look(round: number): Promise<void> {
    const found = await this.#ask().catch((error: unknown) => troubleOf(error))
    if (round !== this.#round) return
    if (found !== null) this.#tell(found)
    this.#timer = setTimeout(() => void this.#look(round), found?.trouble ? SELDOM : EVERY)
  }

  async #ask(): Promise<Partial<Known>> {
    if (this.#key !== null) {
      const { role } = await signIn(this.#key)
      this.#key = null
      if (role !== 'board') {
        await signOut()
        return { board: null, trouble: 'key-of-more' }
      }
    }
    if (Date.now() - this.#renewedAt > RENEWED) await this.#renew()
    const board = await readBoard(batches)
    const heardAt = Date.now()
    const ahead = Date.parse(board.at) - heardAt
    const isFine = Math.abs(ahead - this.known.ahead) < CLOCK
    return { board, heardAt, ahead: isFine ? this.known.ahead : ahead, trouble: null }
  }

  async #renew(): Promise<void> {
    await readSession()
    this.#renewedAt = Date.now()
    if (await isOutOfDate()) location.reload()
  }
}

/** What a failure means; null: that the server does not answer at the moment. */
function troubleOf(error: unknown): Partial<Known> | null {
  if (!(error instanceof Refused)) return null
  switch (error.code) {
    case 'unauthenticated':
      return { board: null, trouble: 'signed-out' }
    case 'too-many-attempts':
      return { board: null, trouble: 'wrong-key' }
    case 'not-found':
    case 'invalid-input':
      return { board: null, trouble: 'no-batch' }
    default:
      return null
  }
}

export const following = new Following()
