import { type Reason, say, told } from '@eims/contracts'

/** Why an action could not be done: the reason as data; `message` is its sentence. */
export class Failure extends Error {
  readonly reason: Reason

  constructor(reason: Reason, cause?: unknown) {
    super(say(reason), cause === undefined ? {} : { cause })
    this.reason = reason
  }
}

/** The reason of whatever was thrown; what is no Failure is told in its own words. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof Failure) return error.reason
  return told(error instanceof Error ? error.message : String(error))
}
