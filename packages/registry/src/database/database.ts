import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../generated/client.ts'

/** Where rows are read and written: the client, or the one of a transaction. */
export type Db = Prisma.TransactionClient

export interface Registry {
  db: Db
  /** as given; it may hold a password */
  url: string
  /** READ COMMITTED. `timeout` in milliseconds (default 10,000): after it the transaction is rolled back. */
  transaction<T>(work: (tx: Db) => Promise<T>, options?: { timeout?: number }): Promise<T>
  /** A connection of the pool by itself, for what goes past Prisma (COPY). Given back broken when `work` rejects. */
  connection<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Opens the registry. No connection is made before the first query, so a database that is down shows there.
 * @param options.url      `postgresql://…`, as embedded PostgreSQL and EIMS_DATABASE_URL give it
 * @param options.poolSize connections at most (default 20)
 */
export function openRegistry(options: { url: string; poolSize?: number }): Registry {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 20,
    connectionTimeoutMillis: 10_000,
    // Prisma's adapter drops the offset of a timestamptz and reads it as UTC, so the session must speak UTC.
    options: '-c timezone=UTC -c idle_in_transaction_session_timeout=60000',
    application_name: 'eims',
  })
  // An idle connection ends with the server; the next query says so. Unheard, the event would end the process.
  pool.on('error', () => {})
  const client = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) })
  return {
    db: client,
    url: options.url,
    transaction: (work, { timeout = 10_000 } = {}) => client.$transaction(work, { timeout, maxWait: 10_000 }),
    async connection(work) {
      const connection = await pool.connect()
      // Its queries reject by themselves when the server goes away; unheard, the event would end the process.
      const heard = () => {}
      connection.on('error', heard)
      let failed = true
      try {
        const result = await work(connection)
        failed = false
        return result
      } finally {
        connection.off('error', heard)
        connection.release(failed)
      }
    },
    close: () => client.$disconnect(),
  }
}

/** The database's clock in milliseconds since 1970: the one that leases are measured by. */
export async function dbNow(db: Db): Promise<number> {
  const rows = await db.$queryRaw<{ now: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`
  return Math.floor(rows[0]!.now)
}
