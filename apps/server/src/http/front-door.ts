import type { FastifyRequest } from 'fastify'
import { ComeAgain } from '../problem.ts'
import { Allowance, type AllowanceLimits } from './allowance.ts'
import { networkOf } from './attempts.ts'
import { type TurnLimits, Turns } from './turns.ts'

export interface DoorLimits {
  /** of one address: a hall of 500 machines may be behind it (NAT) */
  address: AllowanceLimits
  /** of one machine at that address: by a MAC that another address says as well, nobody is held up */
  machine: AllowanceLimits
  turns: TurnLimits
}

/** Handled at the same time: less than half of the registry's connections, so that agents and administrators find one. */
export const DOOR_LIMITS: DoorLimits = {
  address: { burst: 2048, perSecond: 50, keys: 4096 },
  machine: { burst: 256, perSecond: 1, keys: 16_384 },
  turns: { atOnce: 8, waiting: 2048, waitingPerKey: 512, patience: 20_000 },
}

/** Seconds after which somebody whose turn never came may come again. */
const TURN_AGAIN = 5

/**
 * Everything goes through it that anybody on the LAN may ask without a key or a session and that costs the registry
 * something: boot scripts, site parameters, onboarding, phone-home. A machine and its address may ask only so often,
 * and addresses take turns, so that nobody waits for all the requests of somebody else.
 */
export class FrontDoor {
  readonly #addresses: Allowance
  readonly #machines: Allowance
  readonly #turns: Turns
  readonly #now: () => number
  readonly #onShort: () => void

  /** @param onShort hears of each request that has to come again; `now`: milliseconds */
  constructor(parts: { now: () => number; onShort?: () => void; limits?: DoorLimits }) {
    const { address, machine, turns } = parts.limits ?? DOOR_LIMITS
    this.#addresses = new Allowance(address)
    this.#machines = new Allowance(machine)
    this.#turns = new Turns(turns)
    this.#now = parts.now
    this.#onShort = parts.onShort ?? (() => {})
  }

  /** Requests that wait for their turn. */
  get waiting(): number {
    return this.#turns.waiting
  }

  /**
   * Does the work of a request when it is its turn. Throws ComeAgain: `too-many-requests` when it came too often,
   * `busy` when its turn did not come.
   * @param machine what tells the machines of one address apart; null: nothing does
   */
  async pass<T>({ ip, raw }: FastifyRequest, machine: string | null, work: () => Promise<T>): Promise<T> {
    const address = networkOf(ip)
    const now = this.#now()
    const seconds =
      (machine !== null && this.#machines.take(`${address} ${machine}`, now)) || this.#addresses.take(address, now)
    if (seconds > 0) {
      this.#onShort()
      throw new ComeAgain(
        'too-many-requests',
        `${machine ?? address} asks again and again`,
        Math.max(TURN_AGAIN, seconds),
      )
    }
    const made = await this.#turns.take(
      address,
      async () => ({ value: await work() }),
      () => raw.socket.destroyed,
    )
    if (made) return made.value
    this.#onShort()
    throw new ComeAgain('busy', 'so many machines ask at the moment that this one had no turn', TURN_AGAIN)
  }
}
