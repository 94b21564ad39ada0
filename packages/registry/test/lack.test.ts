import t from 'tap'
import { isDatabaseDown, lackOf, migrate, openRegistry, startEmbeddedPostgres } from '../src/index.ts'
import { temporaryFolder } from './fresh-database.ts'

// One promise: a database that lacks something is told from one that is away, and each lack from the others.

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

await t.test('what PostgreSQL says, through Prisma and without it', async (t) => {
  await using postgres = await startEmbeddedPostgres({ dataDir: await temporaryFolder(t) })
  await migrate({ url: postgres.url })
  const registry = openRegistry({ url: postgres.url, poolSize: 2 })
  t.teardown(() => registry.close())
  const { db } = registry
  const raising = (state: string) => `do $$ begin raise exception 'no' using errcode = '${state}'; end $$`
  for (const [state, lack, isDown] of [
    ['53100', 'disk', false],
    ['53300', 'connections', false],
    ['53200', 'memory', false],
    ['53000', 'memory', false],
    ['58030', 'files', true],
    ['58P01', 'files', true],
    ['53400', null, false],
    ['57P03', null, true],
    ['40001', null, false],
    ['23505', null, false],
  ] as const) {
    const errors = [
      await failure(db.$executeRawUnsafe(raising(state))),
      await failure(registry.transaction((tx) => tx.$executeRawUnsafe(raising(state)))),
      await failure(registry.connection((client) => client.query(raising(state)), 10_000)),
    ]
    t.strictSame(errors.map(lackOf), [lack, lack, lack], state)
    t.strictSame(errors.map(isDatabaseDown), [isDown, isDown, isDown], state)
  }
})

await t.test('the last connection is taken', async (t) => {
  await using postgres = await startEmbeddedPostgres({ dataDir: await temporaryFolder(t) })
  const registries = Array.from({ length: 4 }, () => openRegistry({ url: postgres.url, poolSize: 20 }))
  t.teardown(() => Promise.all(registries.map((registry) => registry.close())))
  const asked = registries.flatMap(({ db }) =>
    Array.from({ length: 20 }, () => failure(db.$queryRaw`select pg_sleep(2)::text`)),
  )
  const refused = (await Promise.all(asked)).filter((error) => error !== undefined)
  t.ok(refused.length > 0)
  t.strictSame([...new Set(refused.map(lackOf))], ['connections'])
  t.notOk(refused.some(isDatabaseDown))
})

await t.test('our own writes, however deep the cause lies; a database that took itself down is away', async (t) => {
  const ofCode = (code: string, more = {}) => Object.assign(new Error(code), { code, ...more })
  t.equal(lackOf(ofCode('ENOSPC')), 'disk')
  t.equal(lackOf(new Error('a', { cause: new AggregateError([ofCode('EDQUOT')]) })), 'disk')
  t.equal(lackOf(ofCode('ENOENT')), null)
  for (const nothing of [undefined, null, 'ENOSPC', new Error('ENOSPC')]) t.equal(lackOf(nothing), null)
  const panic = ofCode('53100', { severity: 'PANIC' })
  t.strictSame([lackOf(panic), isDatabaseDown(panic)], [null, true])
})
