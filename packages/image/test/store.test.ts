import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { openBlobStore } from '../src/store.ts'

const bytes = Buffer.from('a frame')
const digest = '2d4d1b9ac1ffcd0bf4bd04d5f3ea0e1bbb20e6a2a5d2bd7f5bcb5dc7e3f6ad0f'
const other = 'f'.repeat(64)

await t.test('a blob is kept under its digest', async (t) => {
  const dir = t.testdir()
  const store = await openBlobStore(dir)
  const name = await store.put(bytes)
  t.equal(store.path(name), `${dir}/blobs/sha256/${name.slice(0, 2)}/${name}`)
  t.same(readFileSync(store.path(name)), bytes)
  t.same(await store.read(name), bytes)
  t.equal(await store.size(name), 7)
  t.equal(await store.has(name), true)
  t.equal(await store.has(other), false)
  t.equal(await store.put(bytes, name.toUpperCase()), name, 'again')
  t.same(readdirSync(`${dir}/blobs/tmp`), [])
})

await t.test('bytes with another digest than announced are not kept', async (t) => {
  const store = await openBlobStore(t.testdir())
  await t.rejects(store.put(bytes, digest), { code: 'image-mismatch' })
  t.same(readdirSync(`${store.directory}/sha256`), [])
})

await t.test('simultaneous puts of the same bytes make one blob', async (t) => {
  const store = await openBlobStore(t.testdir())
  const names = await Promise.all(Array.from({ length: 20 }, () => store.put(bytes)))
  t.equal(new Set(names).size, 1)
  t.same(await store.read(names[0]!), bytes)
  t.same(readdirSync(`${store.directory}/tmp`), [])
})

await t.test('what is missing, damaged or no digest', async (t) => {
  const store = await openBlobStore(t.testdir())
  const name = await store.put(bytes)
  writeFileSync(store.path(name), 'a fRame')
  await t.rejects(store.read(name), { code: 'internal', message: /is damaged on the disk/ })
  await t.rejects(store.read(other), { code: 'not-found' })
  await t.rejects(store.size(other), { code: 'not-found' })
  for (const path of ['../../../etc/passwd', '', `${other}/..`, other.toUpperCase(), `${other}\n`])
    t.throws(() => store.path(path), { code: 'not-found' }, JSON.stringify(path))
})

await t.test('storing the bytes of a damaged blob again mends it', async (t) => {
  const store = await openBlobStore(t.testdir())
  const name = await store.put(bytes)
  for (const damage of ['a fRame', 'a fr', '']) {
    writeFileSync(store.path(name), damage)
    t.equal(await store.put(bytes), name)
    t.same(await store.read(name), bytes)
  }
})

await t.test('what an interrupted put left is removed at the next start', async (t) => {
  const dir = t.testdir({ blobs: { tmp: { half: 'a fr' } } })
  const store = await openBlobStore(dir)
  t.equal(existsSync(`${dir}/blobs/tmp/half`), false)
  t.equal(await store.has(await store.put(bytes)), true)
})

await t.test('a sweep removes what nothing names, unless it was put lately', async (t) => {
  const store = await openBlobStore(t.testdir())
  const [kept, old, renewed, fresh] = await Promise.all(
    ['1', '2', '3', '4'].map((text) => store.put(Buffer.from(text))),
  )
  const longAgo = new Date('2026-01-01')
  for (const name of [kept, old, renewed]) utimesSync(store.path(name!), longAgo, longAgo)
  await store.put(Buffer.from('3'))
  const before = new Date(statSync(store.path(fresh!)).mtimeMs - 3_600_000)
  t.same(await store.sweep(new Set([kept!]), before), { removed: 1, bytes: 1 })
  t.same(await Promise.all([kept, old, renewed, fresh].map((name) => store.has(name!))), [true, false, true, true])
})
