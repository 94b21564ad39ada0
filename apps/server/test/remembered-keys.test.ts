import t from 'tap'
import { RememberedKeys } from '../src/http/remembered-keys.ts'

const key = { id: '1', name: 'prometheus', role: 'viewer' } as const
const silent = () => new Promise<never>(() => {})
const down = async () => {
  throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
}

await t.test('a key that was good is known while the database is silent, for an hour', async (t) => {
  let now = 0
  const keys = new RememberedKeys(() => now)
  await t.rejects(keys.find('text', silent), { code: 'database-down' })
  t.strictSame(await keys.find('text', async () => key), key)
  t.strictSame(await keys.find('text', silent), key)
  t.strictSame(await keys.find('text', down), key)
  await t.rejects(keys.find('another', down), { code: 'database-down' })
  now = 3600_000
  await t.rejects(keys.find('text', down), { code: 'database-down' }, 'no longer')
})

await t.test('one that the database has refused is forgotten', async (t) => {
  const keys = new RememberedKeys(() => 0)
  await keys.find('text', async () => key)
  t.equal(await keys.find('text', async () => null), null)
  await t.rejects(keys.find('text', down), { code: 'database-down' })
})

await t.test('an answer that comes late counts for the next time', async (t) => {
  const keys = new RememberedKeys(() => 0)
  await keys.find('text', async () => key)
  const late = Promise.withResolvers<null>()
  t.strictSame(await keys.find('text', () => late.promise), key)
  late.resolve(null)
  await late.promise
  await t.rejects(keys.find('text', down), { code: 'database-down' })
})

await t.test('what else goes wrong is no silence', async (t) => {
  const keys = new RememberedKeys(() => 0)
  await keys.find('text', async () => key)
  const wrong = async () => {
    throw new Error('a fault of ours')
  }
  await t.rejects(keys.find('text', wrong), { message: 'a fault of ours' })
})
