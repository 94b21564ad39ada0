import type { Socket } from 'node:net'
import pg from 'pg'
import { noteSent } from './outcome.ts'
import { PATIENCE } from './patience.ts'

/** The server fell silent. Its code is the one of sockets, so that it counts as a database that is away. */
class DatabaseSilent extends Error {
  readonly code = 'ETIMEDOUT'
}

/** Statements that leave nothing behind. `with` may hold a change, `copy` most often is one. */
const reading = /^\s*(select|show|set|fetch|declare|savepoint|release|values|table)\b/i
const isChange = (sql: string) =>
  /^\s*with\b/i.test(sql) ? /\b(insert|update|delete|merge)\b/i.test(sql) : !reading.test(sql)

/**
 * A connection that ends when the server is silent for longer than `patience` over a statement. pg's own
 * `query_timeout` would give up the statement and hand its connection, still in use, to the next one. What it sends to
 * be kept is noted (outcome.ts).
 */
export class Connection extends pg.Client {
  /** milliseconds in which a byte has to come or go while a statement is under way */
  patience: number = PATIENCE.statement
  #watch: NodeJS.Timeout | undefined
  /** undefined outside of a transaction */
  #transaction: { changed: boolean } | undefined

  constructor(config?: string | pg.ClientConfig) {
    super(config)
    for (const over of ['drain', 'end', 'error'] as const) this.on(over, () => this.#rest())
  }

  override query: pg.Client['query'] = (...given: unknown[]) => {
    const [first] = given as [string | { text?: string }]
    this.#note(typeof first === 'string' ? first : (first.text ?? ''))
    const result = (super.query as (...args: unknown[]) => unknown).apply(this, given)
    this.#watch ??= this.#watchOver(this.#bytes())
    return result as never
  }

  #note(sql: string): void {
    if (/^\s*(begin|start transaction)\b/i.test(sql)) this.#transaction = { changed: false }
    else if (/^\s*rollback(?! to)\b/i.test(sql)) this.#transaction = undefined
    else if (/^\s*commit\b/i.test(sql)) {
      if (this.#transaction?.changed) noteSent()
      this.#transaction = undefined
    } else if (isChange(sql)) {
      if (this.#transaction) this.#transaction.changed = true
      else noteSent()
    }
  }

  #watchOver(bytes: number): NodeJS.Timeout {
    return setTimeout(() => {
      const now = this.#bytes()
      if (now !== bytes) this.#watch = this.#watchOver(now)
      else
        this.#stream.destroy(
          new DatabaseSilent(`Connection terminated: the database was silent for ${this.patience / 1000} s`),
        )
    }, this.patience)
  }

  #rest(): void {
    clearTimeout(this.#watch)
    this.#watch = undefined
  }

  #bytes(): number {
    return this.#stream.bytesRead + this.#stream.bytesWritten
  }

  get #stream(): Socket {
    return (this as unknown as { connection: { stream: Socket } }).connection.stream
  }
}

/**
 * A connection of its own, outside of the pool.
 * @param options.patience milliseconds for which a statement may be silent
 * @throws what pg throws when it cannot be made in time
 */
export async function connectAlone({
  patience,
  ...config
}: pg.ClientConfig & { patience: number }): Promise<Connection> {
  const client = new Connection({ connectionTimeoutMillis: PATIENCE.connect, keepAlive: true, ...config })
  client.patience = patience
  // Its queries reject by themselves when the server goes away; unheard, the event would end the process.
  client.on('error', () => {})
  await client.connect()
  return client
}
