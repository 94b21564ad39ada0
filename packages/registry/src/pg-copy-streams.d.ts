declare module 'pg-copy-streams' {
  import type { Readable, Writable } from 'node:stream'
  import type { Submittable } from 'pg'

  /** `COPY … FROM STDIN` as a stream of its rows; given to `client.query`. */
  export function from(sql: string): Writable & Submittable & { readonly rowCount: number }

  /** `COPY … TO STDOUT` as a stream of its rows. */
  export function to(sql: string): Readable & Submittable & { readonly rowCount: number }
}
