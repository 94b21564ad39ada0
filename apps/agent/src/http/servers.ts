import { type Client, createClient } from '@eims/contracts'

/** The site's servers, one of them in use: the first that answered, and the next one when it stops. */
export interface Servers {
  /** base URL of the one in use */
  readonly current: string
  client(token: string | null): Client
  /** the one in use did not answer */
  next(): void
}

/**
 * @param bases  base URLs, preferred one first
 * @param onDate gets the `Date` header of every reply
 */
export function openServers(bases: string[], onDate: (date: string | null) => void): Servers {
  let index = 0
  return {
    get current() {
      return bases[index]!
    },
    client: (token) =>
      createClient({
        baseUrl: bases[index]!,
        ...(token === null ? {} : { token }),
        onResponse: (response) => onDate(response.headers.get('date')),
      }),
    next() {
      index = (index + 1) % bases.length
    },
  }
}
