import pg from 'pg'
import t from 'tap'
import { createImage, dbNow, newId, openRegistry } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
/** Who mistakes the time zone is wrong by more; milliseconds. */
const HOUR = 3600_000

await t.test('times are right whatever time zone the database speaks', async (t) => {
  const { url } = await fresh(t)
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  await admin.query(`alter database ${name} set timezone = 'Asia/Tokyo'`)
  await admin.end()
  const registry = openRegistry({ url })
  t.teardown(() => registry.close())
  const { db } = registry
  const now = await dbNow(db)
  t.ok(Math.abs(now - Date.now()) < HOUR)
  const image = await createImage(db, { name: 'debian', architecture: 'x86_64', format: 'raw' })
  t.ok(Math.abs(Date.parse(image.createdAt) - now) < HOUR, 'written and read by Prisma')
  const at = new Date(now)
  const rows = await db.$queryRaw<{ raw: Date; same: boolean }[]>`
    select ${at}::timestamptz as raw, extract(epoch from ${at}::timestamptz)::float8 * 1000 = ${now}::float8 as same`
  t.same(rows, [{ raw: at, same: true }])
})

await t.test('ids of one process sort by when they were made, also within one millisecond', async (t) => {
  const ids = Array.from({ length: 10_000 }, () => newId())
  t.equal(new Set(ids).size, ids.length)
  t.ok(ids.every((id, index) => index === 0 || ids[index - 1]! < id))
  t.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.ok(Math.abs(Number.parseInt(ids[0]!.replace('-', '').slice(0, 12), 16) - Date.now()) < HOUR)
})
