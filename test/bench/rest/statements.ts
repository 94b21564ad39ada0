import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Registry } from '@eims/registry'

export interface Counted {
  /** as the service sent them, each a round trip */
  statements: string[]
  /** transactions that changed something: each waits for the disk */
  commits: number
  /** of the write-ahead log: what the disk is waited for */
  walBytes: number
}

/** How long the log may take to be told, and to be heard, that every statement is written into it. */
const SETTLED_MS = 300
const PATIENCE_MS = 60_000

/** What the service asks its database while something happens. */
export async function countStatements(
  database: Registry,
  logFile: string,
  happens: () => Promise<unknown>,
): Promise<Counted> {
  const ask = (sql: string) => database.connection((client) => client.query<Record<string, string>>(sql), PATIENCE_MS)
  const say = async (what: 'all' | 'none') => {
    await ask(`alter system set log_statement = '${what}'`)
    await ask('select pg_reload_conf()')
    await sleep(SETTLED_MS)
  }
  const at = async () => {
    const { rows } = await ask(
      `select pg_current_wal_insert_lsn() - pg_lsn '0/0' as wal, pg_snapshot_xmax(pg_current_snapshot())::text as transactions`,
    )
    return { wal: Number(rows[0]!.wal), transactions: Number(rows[0]!.transactions) }
  }
  await say('all')
  const [from, before] = [(await readFile(logFile)).length, await at()]
  await happens()
  await sleep(SETTLED_MS)
  const after = await at()
  const text = (await readFile(logFile)).subarray(from).toString('utf8')
  await say('none')
  const entries = text.split(/^(?=\d{4}-\d\d-\d\d )/m).flatMap((entry) => {
    const [, sql] = / LOG: {2}(?:statement|execute [^:]+): (.*)$/s.exec(entry) ?? []
    return sql === undefined || sql.includes('pg_current_wal_insert_lsn') ? [] : [sql.trim()]
  })
  return {
    statements: entries,
    commits: after.transactions - before.transactions,
    walBytes: after.wal - before.wal,
  }
}

/** Seconds for each of so many inserts of one row, committed one after another: what durability alone costs. */
export const commitSeconds = (database: Registry, count: number): Promise<number[]> =>
  database.connection(async (client) => {
    const seconds: number[] = []
    for (let number = 0; number < count; number++) {
      const began = performance.now()
      await client.query({
        name: 'alone',
        text: `insert into bench_node (serial, uuid, mac, manufacturer, product, metadata)
             values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $1, $2, $3)`,
        values: ['Dell Inc.', 'PowerEdge R650', { rack: `r${number}`, order: 'PO-0' }],
      })
      seconds.push((performance.now() - began) / 1000)
    }
    return seconds
  }, PATIENCE_MS)
