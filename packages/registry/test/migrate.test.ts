import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeInput } from '@eims/contracts'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createNode, ensureSite, listNodes, migrate, openRegistry, startEmbeddedPostgres } from '../src/index.ts'
import { temporaryFolder, urlOf } from './fresh-database.ts'

const postgres = await startEmbeddedPostgres({ dataDir: await temporaryFolder(t) })
t.teardown(() => postgres.stop())

const byText = (a: string | null, b: string | null) => (a ?? '').localeCompare(b ?? '')
const first = 'create table thing (id int primary key);\ninsert into thing values (1);\n'
const second = 'alter table thing add column name text;\n'

/** An empty database and a folder with migrations to write into. */
async function setUp(t: Test, name: string) {
  const admin = new pg.Client({ connectionString: urlOf(postgres.url, 'postgres') })
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  const url = urlOf(postgres.url, name)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  const directory = await temporaryFolder(t)
  const write = async (migration: string, sql: string) => {
    await mkdir(join(directory, migration), { recursive: true })
    await writeFile(join(directory, migration, 'migration.sql'), sql)
  }
  await write('0001_first', first)
  await writeFile(join(directory, 'migration_lock.toml'), 'provider = "postgresql"\n')
  const query = async (sql: string) => (await client.query(sql)).rows
  return { url, directory, write, query, run: () => migrate({ url, directory }) }
}

await t.test('goes forward, once, and notes it as Prisma does', async (t) => {
  const { run, write, query } = await setUp(t, 'forward')
  t.same(await run(), { applied: ['0001_first'] })
  t.same(await run(), { applied: [] })
  await write('0002_second', second)
  t.same(await run(), { applied: ['0002_second'] })
  t.same(await query('select * from thing'), [{ id: 1, name: null }])
  const rows = await query(`select migration_name, checksum, applied_steps_count, logs, rolled_back_at,
    finished_at >= started_at as finished, length(id) as id from _prisma_migrations order by migration_name`)
  const as = (name: string, sql: string) => ({
    migration_name: name,
    checksum: createHash('sha256').update(sql).digest('hex'),
    applied_steps_count: 1,
    logs: null,
    rolled_back_at: null,
    finished: true,
    id: 36,
  })
  t.same(rows, [as('0001_first', first), as('0002_second', second)])
})

await t.test('several servers that start at once apply it once', async (t) => {
  const { run } = await setUp(t, 'together')
  const done = await Promise.all([run(), run(), run(), run()])
  t.equal(done.flatMap((each) => each.applied).length, 1)
})

await t.test('a schema of a newer eims is refused', async (t) => {
  const { run, write, directory } = await setUp(t, 'newer')
  await write('0002_second', second)
  await run()
  await rm(join(directory, '0002_second'), { recursive: true })
  await t.rejects(run(), {
    name: 'MigrationError',
    message:
      /^The database has had migration 0002_second, which this version of eims does not know: a newer eims has used it\./,
  })
})

await t.test('a file that was changed afterwards is refused', async (t) => {
  const { run, write } = await setUp(t, 'changed')
  await run()
  await write('0001_first', `${first}-- one more line\n`)
  await t.rejects(run(), { name: 'MigrationError', message: /^The file of migration 0001_first was changed after/ })
})

await t.test('a file that sorts before one already applied is refused', async (t) => {
  const { run, write } = await setUp(t, 'late')
  await run()
  await write('0000_late', second)
  await t.rejects(run(), { name: 'MigrationError', message: /^Migration 0000_late sorts before 0001_first/ })
})

await t.test('one that fails leaves nothing behind, not even its own first lines', async (t) => {
  const { run, write, query } = await setUp(t, 'failing')
  await write('0002_second', `${second}create table half (id int);\nselect 1/0;\n`)
  await t.rejects(run(), {
    name: 'MigrationError',
    message: 'Migration 0002_second failed and left nothing behind: division by zero.',
  })
  t.same(await query(`select to_regclass('half') as half`), [{ half: null }])
  t.same(await query('select migration_name from _prisma_migrations'), [{ migration_name: '0001_first' }])
  await write('0002_second', second)
  t.same(await run(), { applied: ['0002_second'] }, 'and can be mended')
})

await t.test('one that cannot be noted has not happened', async (t) => {
  const { run, write, query } = await setUp(t, 'unnoted')
  await run()
  await write('0002_second', 'create table half (id int);\ndrop table _prisma_migrations;\n')
  await t.rejects(run(), { name: 'MigrationError', message: /^Migration 0002_second failed and left nothing behind/ })
  t.same(await query(`select to_regclass('half') as half`), [{ half: null }])
})

await t.test('one that another tool began and did not finish is refused', async (t) => {
  const { run, query } = await setUp(t, 'unfinished')
  await run()
  await query('update _prisma_migrations set finished_at = null')
  await t.rejects(run(), { name: 'MigrationError', message: /was begun by another tool and never finished/ })
})

await t.test('our own migrations make every table and column of the Prisma schema', async (t) => {
  const { url, query } = await setUp(t, 'ours')
  await migrate({ url })
  const schema = await readFile(new URL('../../../prisma/schema.prisma', import.meta.url), 'utf8')
  const expected = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].flatMap(([, , body]) => {
    const table = /@@map\("(\w+)"\)/.exec(body!)![1]
    return body!
      .split('\n')
      .map(
        (line) =>
          /^ {2}(\w+)\s+(String|Int|BigInt|Boolean|DateTime|Json|Bytes|Float)\b/.exec(line) &&
          `${table}.${/ @map\("(\w+)"\)/.exec(line)?.[1] ?? line.trim().split(/\s/)[0]}`,
      )
      .filter((each) => each !== null)
  })
  t.ok(expected.length > 100)
  const columns = await query(`select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'public' and table_name <> '_prisma_migrations'`)
  t.same(columns.map((row) => String(row.name)).sort(byText), expected.sort(byText))
})

await t.test('who may make no extension gets the same, without the index of parts', async (t) => {
  const { url, query } = await setUp(t, 'plain')
  await query('create role plain login; grant all on schema public to plain')
  const given = new URL(url)
  given.username = 'plain'
  await migrate({ url: given.href })
  const parts = `select count(*)::int as count from pg_indexes where indexname like 'node\\_identifier\\_%\\_part'`
  t.same(await query(parts), [{ count: 0 }])
  const registry = openRegistry({ url: given.href })
  t.teardown(() => registry.close())
  const { id: siteId } = await ensureSite(registry.db)
  const input = NodeInput.parse({ name: 'one', serial: 'SN-1', macs: ['52:54:00:aa:00:01'], metadata: { rack: '7' } })
  await createNode(registry.db, { input, registered: true, actor: 'test', siteId })
  for (const filter of ['serial:n-1', 'mac:54-00', 'metadata.rack = 7'])
    t.equal((await listNodes(registry.db, { pageSize: 10, filter })).total, 1, filter)
  const { url: ours, query: ask } = await setUp(t, 'owned')
  await migrate({ url: ours })
  t.same(await ask(parts), [{ count: 3 }], 'who may has it')
})
