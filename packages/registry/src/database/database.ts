import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../generated/client.ts'
import { keepClaim } from './claim.ts'
import { Connection } from './connection.ts'
import { knowingOutcome } from './outcome.ts'
import { PATIENCE } from './patience.ts'
import { statementNames } from './prepared.ts'

/** Where rows are read and written: the client, or the one of a transaction. */
export type Db = Prisma.TransactionClient

export interface Registry {
  db: Db
  /** as given; it may hold a password */
  url: string
  /**
   * READ COMMITTED. `timeout` in milliseconds (default 10,000): after it the transaction is rolled back.
   * Rejects with OutcomeUnknown when the database goes away over its COMMIT.
   */
  transaction<T>(work: (tx: Db) => Promise<T>, options?: { timeout?: number }): Promise<T>
  /**
   * A connection of the pool by itself, for what goes past Prisma (COPY). Given back broken when `work` rejects; with
   * OutcomeUnknown as `transaction`. `patience`: milliseconds for which a statement may be silent.
   */
  connection<T>(work: (client: pg.PoolClient) => Promise<T>, patience: number): Promise<T>
  /** its connections at this moment */
  pool(): PoolUse
  close(): Promise<void>
}

/** Connections of a pool: in use, idle, and the most there may be; who waits for one. */
export type PoolUse = Record<'used' | 'idle' | 'most' | 'waiting', number>

/**
 * Opens the registry. No connection is made before the first query, so a database that is down shows there.
 * @param options.url      `postgresql://…`, as embedded PostgreSQL and EIMS_DATABASE_URL give it
 * @param options.poolSize connections at most (default 20)
 * @param options.patience milliseconds for which a statement may be silent (default 15,000)
 */
export function openRegistry(options: { url: string; poolSize?: number; patience?: number }): Registry {
  const { patience: usual = PATIENCE.statement } = options
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 20,
    connectionTimeoutMillis: PATIENCE.connect,
    keepAlive: true,
    Client: Connection,
    // Prisma's adapter drops the offset of a timestamptz and reads it as UTC, so the session must speak UTC.
    options: `-c timezone=UTC -c idle_in_transaction_session_timeout=60000 -c lock_timeout=${PATIENCE.lock}`,
    application_name: 'eims',
  })
  pool.on('connect', (connection) => {
    ;(connection as unknown as Connection).patience = usual
  })
  // An idle connection ends with the server; the next query says so. Unheard, the event would end the process.
  pool.on('error', () => {})
  const nameOf = statementNames()
  // The types want a name for each; pg takes a statement without one as unnamed.
  const statementNameGenerator = ({ sql, args }: { sql: string; args: unknown[] }) =>
    (args.length > 0 ? nameOf(sql) : undefined) as string
  const client = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: true, statementNameGenerator }),
  })
  return {
    db: client,
    url: options.url,
    transaction: (work, { timeout = 10_000 } = {}) =>
      knowingOutcome(() =>
        client.$transaction(
          async (tx) => {
            const done = await work(tx)
            await keepClaim(tx)
            return done
          },
          { timeout, maxWait: PATIENCE.connect },
        ),
      ),
    async connection(work, patience) {
      const connection = (await pool.connect()) as Connection & pg.PoolClient
      // Its queries reject by themselves when the server goes away; unheard, the event would end the process.
      const heard = () => {}
      connection.on('error', heard)
      connection.patience = patience
      let failed = true
      try {
        const result = await knowingOutcome(() => work(connection))
        failed = false
        return result
      } finally {
        connection.off('error', heard)
        connection.patience = usual
        connection.release(failed)
      }
    },
    pool: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      most: pool.options.max,
      waiting: pool.waitingCount,
    }),
    close: () => client.$disconnect(),
  }
}

/** The database's clock in milliseconds since 1970: the one that leases are measured by. */
export async function dbNow(db: Db): Promise<number> {
  const rows = await db.$queryRaw<{ now: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`
  return Math.floor(rows[0]!.now)
}
