import { until } from '@eims/lab'
import { type Db, liveServers } from '@eims/registry'
import { pino } from 'pino'
import t from 'tap'
import { startHeartbeat } from '../src/heartbeat.ts'
import { startDatabases } from './support/databases.ts'

// One promise: a running server is known to the others on its database, as long as it runs and not longer.

const databases = await startDatabases(t)
const log = pino({ level: 'silent' })
const bench = { id: 's1', name: 'bench', urls: ['http://192.168.77.1:7480'], version: '0.1.0' }
const alive = async (db: Db) => (await liveServers(db, 60)).map(({ id }) => id)

await t.test('it is heard of again and again, and gone when it stops', { timeout: 60_000 }, async (t) => {
  const { db } = await databases.fresh(t)
  const heartbeat = await startHeartbeat({ db, server: bench, log, every: 20 })
  t.same(await alive(db), ['s1'], 'from the beginning')
  const { startedAt } = await db.server.findFirstOrThrow()
  await db.$executeRaw`update server set seen_at = seen_at - interval '2 minutes'`
  await until(async () => (await alive(db)).length === 1)
  t.same((await db.server.findFirstOrThrow()).startedAt, startedAt, 'it did not start anew')
  await db.server.deleteMany()
  await until(async () => (await alive(db)).length === 1)
  t.match(await db.server.findMany(), [bench], 'also when a restored registry does not know it')
  await heartbeat[Symbol.asyncDispose]()
  t.same(await db.server.findMany(), [])
})

await t.test('a database that is away ends neither it nor the stopping', { timeout: 60_000 }, async (t) => {
  const { db } = await databases.fresh(t)
  let missed = 0
  const counting = Object.assign(pino({ level: 'silent' }), { debug: () => void missed++ })
  const heartbeat = await startHeartbeat({ db, server: bench, log: counting, every: 20 })
  await databases.stop()
  await until(() => missed > 1)
  await databases.start()
  await db.$executeRaw`update server set seen_at = seen_at - interval '2 minutes'`.catch(() => {})
  await until(async () => (await alive(db).catch(() => [])).length === 1)
  await databases.stop()
  await t.resolves(async () => heartbeat[Symbol.asyncDispose]())
  await databases.start()
})
