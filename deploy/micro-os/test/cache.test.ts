import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@eims/lab'
import t from 'tap'
import { cached, cacheKey } from '../cache.ts'
import { folder } from './built.ts'

await t.test('builders at the same time end with one whole entry', async (t) => {
  const cache = await folder(t)
  let begun = 0
  const make = async (into: string) => {
    await writeFile(join(into, 'one'), '1')
    begun++
    await until(() => begun === 3)
    await writeFile(join(into, 'two'), '2')
  }
  const entries = await Promise.all([1, 2, 3].map(() => cached(cache, 'key', make)))
  t.strictSame(new Set(entries).size, 1)
  t.strictSame(await readdir(cache), ['key'])
  t.equal(await readFile(join(cache, 'key', 'two'), 'utf8'), '2')
  await cached(cache, 'key', async () => {
    t.fail('made again')
  })
})

await t.test('a builder that fails leaves nothing', async (t) => {
  const cache = await folder(t)
  const make = async (into: string) => {
    await writeFile(join(into, 'half'), '1')
    throw new Error('disk full')
  }
  await t.rejects(cached(cache, 'key', make), /disk full/)
  t.strictSame(await readdir(cache), [])
})

await t.test('the oldest entries go, and what a killed builder left', async (t) => {
  const cache = await folder(t)
  await writeFile(join(cache, '.making-old'), '')
  await utimes(join(cache, '.making-old'), 1, 1)
  await writeFile(join(cache, '.making-now'), '')
  for (const [index, key] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    await cached(cache, key, async () => {})
    await utimes(join(cache, key), 1000 + index, 1000 + index)
  }
  await cached(cache, 'b', async () => {})
  t.strictSame((await readdir(cache)).sort(), ['.making-now', 'b', 'c', 'd', 'e'])
})

await t.test('a key changes with each name and value, not with their order', async (t) => {
  const key = cacheKey({ node: '1', zstd: '2' })
  t.equal(cacheKey({ zstd: '2', node: '1' }), key)
  t.not(cacheKey({ node: '1', zstd: '3' }), key)
  t.not(cacheKey({ node: '1', zstd2: '2' }), key)
})
