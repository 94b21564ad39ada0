import { until } from '@eims/lab'
import t from 'tap'
import { isDatabaseDown, migrate, OutcomeUnknown, openRegistry, startEmbeddedPostgres } from '../src/index.ts'
import { temporaryFolder } from './fresh-database.ts'

// One promise: a PostgreSQL that was stopped holds nobody for longer than the limit, and what it was sent to keep is said
// to be unknown, never to be done or not.

const dataDir = await temporaryFolder(t)
const postgres = await startEmbeddedPostgres({ dataDir })
const stopped = new Set<number>()
t.teardown(async () => {
  for (const pid of stopped) process.kill(pid, 'SIGCONT')
  await postgres.stop()
})
await migrate({ url: postgres.url })
const registry = openRegistry({ url: postgres.url, poolSize: 1, patience: 300 })
t.teardown(() => registry.close())
const { db } = registry

const freeze = (pid: number) => {
  stopped.add(pid)
  process.kill(pid, 'SIGSTOP')
}
const thaw = () => {
  for (const pid of stopped) process.kill(pid, 'SIGCONT')
  stopped.clear()
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )
const backend = async (on: Pick<typeof db, '$queryRaw'>) => {
  const [row] = await on.$queryRaw<[{ pid: number }]>`select pg_backend_pid() as pid`
  return row.pid
}
const row = (id: string) => ({ id, name: id, urls: [], version: '', startedAt: new Date(), seenAt: new Date() })
const names = async () => (await db.server.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)
/** Resolves when no other connection is left: what was under way has ended, one way or the other. */
const settled = () =>
  until(async () => {
    const others = await db.$queryRaw<unknown[]>`
      select 1 from pg_stat_activity where application_name = 'eims' and pid <> pg_backend_pid()`
    return others.length === 0
  })

await t.test('a read: the database is down, and its connection is not used again', async (t) => {
  const pid = await backend(db)
  freeze(pid)
  const error = await failure(db.server.count())
  t.ok(isDatabaseDown(error))
  t.notOk(error instanceof OutcomeUnknown)
  t.not(await backend(db), pid, 'of a pool of one the next statement has another')
  thaw()
  await settled()
})

await t.test('before its COMMIT nothing of a transaction was done', async (t) => {
  const error = await failure(
    registry.transaction(async (tx) => {
      await tx.server.create({ data: row('before') })
      freeze(await backend(tx))
      await tx.server.count()
    }),
  )
  t.ok(isDatabaseDown(error))
  t.notOk(error instanceof OutcomeUnknown)
  thaw()
  await settled()
  t.strictSame(await names(), [])
})

await t.test('over its COMMIT that is unknown: this one comes to be kept', async (t) => {
  const error = await failure(
    registry.transaction(async (tx) => {
      await tx.server.create({ data: row('over') })
      freeze(await backend(tx))
    }),
  )
  t.ok(error instanceof OutcomeUnknown)
  thaw()
  await settled()
  t.strictSame(await names(), ['over'])
})

await t.test('a transaction that only reads is never unknown', async (t) => {
  const error = await failure(
    registry.transaction(async (tx) => {
      await tx.server.count()
      freeze(await backend(tx))
    }),
  )
  t.ok(isDatabaseDown(error))
  t.notOk(error instanceof OutcomeUnknown)
  thaw()
  await settled()
})

await t.test('a connection outside of Prisma may be silent for longer, and is watched, too', async (t) => {
  await registry.connection((client) => client.query('select pg_sleep(0.5)'), 5_000)
  const error = await failure(
    registry.connection(async (client) => {
      await client.query('begin')
      await client.query(`insert into server (id, name, urls, version, started_at, seen_at)
                          values ('c', 'c', '{}', '', now(), now())`)
      freeze((client as unknown as { processID: number }).processID)
      await client.query('commit')
    }, 300),
  )
  t.ok(error instanceof OutcomeUnknown)
  thaw()
  await settled()
})

await t.test('rows that go on coming are no silence', async (t) => {
  const { rows } = await registry.connection(
    (client) => client.query(`select repeat('x', 8000), pg_sleep(0.01) from generate_series(1, 100)`),
    300,
  )
  t.equal(rows.length, 100)
})

await t.test('all of PostgreSQL: no connection is made either', async (t) => {
  const impatient = openRegistry({ url: postgres.url, poolSize: 1, patience: 300 })
  await impatient.db.server.count()
  freeze(await backend(impatient.db))
  freeze(postgres.pid)
  t.ok(isDatabaseDown(await failure(impatient.db.server.count())), 'on a connection that stood')
  t.ok(isDatabaseDown(await failure(impatient.db.server.count())), 'on a new one')
  await impatient.close()
  thaw()
  await settled()
  t.ok((await names()).includes('over'))
})
