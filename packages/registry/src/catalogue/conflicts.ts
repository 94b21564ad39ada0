import { ProblemError } from '@eims/contracts'
import { isStillReferred, uniqueViolation } from '../database/violation.ts'

/**
 * Does what gives something its name.
 * @param what with its article: `an account`
 * @throws ProblemError already-exists when another one has that name; what `work` throws else
 */
export async function withNameTaken<T>(what: string, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (uniqueViolation(error) === undefined) throw error
    throw nameTaken(what, name)
  }
}

/** The error of a name that another one has. @param what with its article: `an account` */
export const nameTaken = (what: string, name: string) =>
  new ProblemError('already-exists', `There is ${what} called ${name} already.`)

/**
 * Removes what nobody uses or begins to use meanwhile.
 * @param what  with its name: `Account edge`
 * @param user  what may use it: `node`
 * @param names of some that do
 * @throws ProblemError in-use; what `remove` throws else
 */
export async function removeUnused(
  what: string,
  user: string,
  names: { name: string }[],
  remove: () => Promise<unknown>,
): Promise<void> {
  const refused = () =>
    new ProblemError('in-use', `${what} is used by ${user} ${names.map(({ name }) => name).join(', ') || `a ${user}`}.`)
  if (names.length > 0) throw refused()
  try {
    await remove()
  } catch (error) {
    throw isStillReferred(error) ? refused() : error
  }
}
