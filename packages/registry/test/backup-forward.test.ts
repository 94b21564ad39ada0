import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import t from 'tap'
import { migrate, openBackupSource, openBackupTarget } from '../src/index.ts'
import { startDatabases, temporaryFolder, urlOf } from './fresh-database.ts'

// One promise: rows of an older schema go into the tables of that schema and are brought forward with them; what does
// not fit together is refused as a whole.

const fresh = await startDatabases(t)
const migrations = new URL('../../../prisma/migrations/', import.meta.url).pathname

/** A database of the first schema with a site whose default profile belongs to it: two tables that refer to each other. */
async function oldDatabase(url: string): Promise<{ url: string; client: pg.Client }> {
  const directory = await temporaryFolder(t)
  await mkdir(join(directory, '0001_init'))
  await cp(join(migrations, '0001_init'), join(directory, '0001_init'), { recursive: true })
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query('create database old template template0')
  await admin.end()
  const old = urlOf(url, 'old')
  await migrate({ url: old, directory })
  const client = new pg.Client({ connectionString: old })
  await client.connect()
  await client.query(`
    insert into site (id, name, signing_key) values ('s1', 'old one', decode(repeat('ab', 32), 'hex'));
    insert into image (id, name, architecture, format, state) values ('i1', 'debian', 'x86_64', 'raw', 'converting');
    insert into profile (id, site_id, name, image_id, architecture, finish, overwrite, phone_home_timeout, cloud_config)
      values ('p1', 's1', 'standard', 'i1', 'x86_64', 'reboot', true, 1800, E'tab\\tback\\\\slash\\nline');
    update site set default_profile_id = 'p1';
    insert into event (id, kind, at, last_at, message) values (41, 'k', now(), now(), 'm');
    select setval('event_id_seq', 41)`)
  return { url: old, client }
}

await t.test('from the first schema to the present one', async (t) => {
  const { url, db } = await fresh(t)
  const old = await oldDatabase(url)
  await using source = await openBackupSource(old.url)
  await old.client.query(`update site set name = 'changed meanwhile'`)
  const restore = async (change: (table: string) => boolean = () => true) => {
    await using target = await openBackupTarget({ url, schema: source.schema, force: false })
    for (const table of Object.keys(source.schema.tables))
      if (change(table)) await pipeline(source.rows(table), target.into(table))
    return await target.commit(await source.sequences(), { hold: true, madeAt: 'yesterday' })
  }
  const before = await db.site.findFirstOrThrow()
  await t.rejects(
    restore((table) => table !== 'image'),
    { code: '23503' },
    'a reference that leads nowhere',
  )
  t.strictSame(await db.site.findFirstOrThrow(), before, 'and nothing has changed')

  const { migrations: applied } = await restore()
  t.equal(applied[0], '0002_boot_services')
  t.match(await db.site.findMany(), [{ name: 'old one', defaultProfileId: 'p1', dhcpMode: 'proxy' }])
  t.match(await db.profile.findMany(), [{ cloudConfig: 'tab\tback\\slash\nline', description: '' }])
  t.match(await db.image.findMany(), [
    { state: 'failed', reason: { code: 'conversion-in-backup', slots: { madeAt: 'yesterday' } } },
  ])
  t.match(await db.$queryRaw`select nextval('event_id_seq')::int as next`, [{ next: 42 }])
  await t.rejects(db.$executeRaw`delete from image`, 'the keys between tables hold again')
  t.strictSame(await migrate({ url }), { applied: [] }, 'as any database of this version')
  await old.client.end()
})

await t.test('only names that the schema has get into a statement', async (t) => {
  const { url } = await fresh(t)
  const source = await openBackupSource(url)
  const { migrations: had } = source.schema
  await source[Symbol.asyncDispose]()
  for (const [tables, table] of [
    [{ node: ['id', 'no_such'] }, 'node'],
    [{ 'node; drop table site': ['id'] }, 'node; drop table site'],
    [{}, 'node'],
    [{ _prisma_migrations: ['id'] }, '_prisma_migrations'],
  ] as const) {
    const schema = { migrations: had, tables: tables as unknown as Record<string, string[]> }
    await using target = await openBackupTarget({ url, schema, force: false })
    t.throws(() => target.into(table), { name: 'RestoreError' }, table)
  }
})
