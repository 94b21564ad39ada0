import { ProblemError } from '@eims/contracts'
import t from 'tap'
import { dbNow, isDatabaseDown, migrate, openRegistry, startEmbeddedPostgres } from '../src/index.ts'
import { temporaryFolder } from './fresh-database.ts'

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

await t.test('a database that is away is told from one that says no', async (t) => {
  const dataDir = await temporaryFolder(t)
  const postgres = await startEmbeddedPostgres({ dataDir })
  await migrate({ url: postgres.url })
  const registry = openRegistry({ url: postgres.url, poolSize: 2 })
  t.teardown(() => registry.close())
  const { db } = registry

  const no = [
    await failure(db.$queryRaw`select 1/0`),
    await failure(db.$queryRaw`select * from no_such_table`),
    await failure(db.site.create({ data: { id: 'x', name: 'x', signingKey: new Uint8Array(5) } })),
    new ProblemError('not-found', 'There is no node x.'),
    new Error('anything'),
    undefined,
  ]
  t.same(
    no.map(isDatabaseDown),
    no.map(() => false),
  )

  const held = failure(
    registry.transaction(async (tx) => {
      await tx.$queryRaw`select 1`
      process.kill(postgres.pid, 'SIGQUIT')
      await postgres.ended
      await tx.$queryRaw`select 1`
    }),
  )
  t.equal(isDatabaseDown(await held), true, 'in the middle of a transaction')
  t.equal(isDatabaseDown(await failure(db.site.findMany())), true, 'a query')
  t.equal(isDatabaseDown(await failure(db.$queryRaw`select 1`)), true, 'a raw query')
  t.equal(isDatabaseDown(await failure(registry.transaction((tx) => tx.site.count()))), true, 'a new transaction')
  t.equal(isDatabaseDown(await failure(migrate({ url: postgres.url }))), true, 'the migrator')
  for (const url of ['postgresql://eims@127.0.0.1:1/eims', 'postgresql://eims@no-such-host.invalid/eims']) {
    const elsewhere = openRegistry({ url })
    t.equal(isDatabaseDown(await failure(dbNow(elsewhere.db))), true, url)
    await elsewhere.close()
  }

  await postgres.stop()
  await using _ = await startEmbeddedPostgres({ dataDir })
  t.ok(await dbNow(db), 'the same registry goes on when it is back')
  await registry.close()
})

await t.test('a transaction that takes too long is rolled back', async (t) => {
  const dataDir = await temporaryFolder(t)
  await using postgres = await startEmbeddedPostgres({ dataDir })
  await migrate({ url: postgres.url })
  const registry = openRegistry({ url: postgres.url })
  const slow = registry.transaction(
    async (tx) => {
      await tx.server.create({
        data: { id: 's', name: 's', urls: [], version: '', startedAt: new Date(), seenAt: new Date() },
      })
      for (;;) await tx.server.count()
    },
    { timeout: 100 },
  )
  await t.rejects(slow, { code: 'P2028' })
  t.equal(await registry.db.server.count(), 0)
  await registry.close()
})
