import t from 'tap'
import { statementNames } from '../src/database/prepared.ts'
import { appendEvents, eventsBetween, timeline } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

// Promise: what is asked again and again is prepared, and what comes and goes takes no room of it.

const asked = (nameOf: (sql: string) => string | undefined, sql: string, times: number) =>
  Array.from({ length: times }, () => nameOf(sql))

await t.test('a statement has a name from the fifth time on, always the same', async (t) => {
  const nameOf = statementNames()
  t.strictSame(asked(nameOf, 'select 1', 6), [undefined, undefined, undefined, undefined, 'eims_0', 'eims_0'])
  t.equal(asked(nameOf, 'select 2', 5).at(-1), 'eims_1')
  t.equal(nameOf('select 1'), 'eims_0')
})

await t.test('both are bounded: those with a name, and those that are remembered without one', async (t) => {
  const nameOf = statementNames({ often: 2, most: 2, remembered: 3 })
  nameOf('select 1')
  for (const other of ['a', 'b', 'c']) nameOf(other)
  t.equal(nameOf('select 1'), undefined, 'forgotten meanwhile')
  t.equal(nameOf('select 1'), 'eims_0')
  t.equal(asked(nameOf, 'select 2', 2).at(-1), 'eims_1')
  t.strictSame(new Set(asked(nameOf, 'select 3', 9)), new Set([undefined]), 'no room is left')
})

const fresh = await startDatabases(t)

await t.test('the registry’s statements come to be prepared', async (t) => {
  const { registry } = await fresh(t)
  const prepared = () => registry.db.$queryRaw<{ n: number }[]>`
    select count(*)::int as n from pg_prepared_statements where statement like '%pg_prepared_statements%' and 1 = ${1}`
  const counts = await registry.transaction(async () => {
    const found: number[] = []
    for (let time = 0; time < 6; time++) found.push((await prepared())[0]!.n)
    return found
  })
  t.strictSame(counts.slice(0, 4), [0, 0, 0, 0])
  t.ok(counts.at(-1)! > 0)
})

await t.test('a server goes on reading events while a later version brings the table forward', async (t) => {
  const { db } = await fresh(t)
  await appendEvents(db, [{ kind: 'node.changed', nodeId: 'one', message: 'one' }])
  const read = async () => [
    await timeline(db, 'one'),
    await eventsBetween(db, { after: 0n, upTo: 10n, limit: 10 }, { node: 'one' }),
  ]
  for (let time = 0; time < 6; time++) await read()
  await db.$executeRaw`alter table event add column later text`
  t.match(await read(), [[{ message: 'one' }], [{ message: 'one' }]])
})
