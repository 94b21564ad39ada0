import { appendFile, mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { fileCache, type OpenFile } from '../src/index.ts'
import { pattern } from './support/serving.ts'

const whole = async (file: OpenFile | null) => Buffer.from(await file!.read(0, file!.size))

await t.test('content is kept until the file changes, and a transfer sees one version', async (t) => {
  const path = join(t.testdir({}), 'snponly.efi')
  const cache = fileCache()
  t.equal(await cache.open(path), null, 'not there yet')
  await writeFile(path, 'one')
  const first = await cache.open(path)
  t.ok(first!.read(0, 3) instanceof Promise, 'nothing was read when it was opened')
  t.equal(String(await whole(first)), 'one')
  const again = await cache.open(path)
  t.same(again!.read(1, 2), Buffer.from('ne'), 'the second time it is in memory')

  await writeFile(`${path}.new`, 'two')
  await rename(`${path}.new`, path)
  t.equal(String(await whole(await cache.open(path))), 'two')
  t.equal(String(await whole(first)), 'one', 'the transfer under way goes on with what it began with')

  await utimes(path, 1, 1)
  t.equal(String(await whole(await cache.open(path))), 'two')
  await writeFile(path, 'too')
  await utimes(path, 1, 1)
  t.equal(String(await whole(await cache.open(path))), 'too', 'the same size and time of content, written in place')
  await rm(path)
  t.equal(await cache.open(path), null)
})

await t.test('a file that changes between being opened and being read is an error, not a mixture', async (t) => {
  const path = join(t.testdir({ a: 'old' }), 'a')
  const file = await fileCache().open(path)
  await appendFile(path, ' and new')
  await t.rejects(whole(file), /changed/)
})

await t.test('what is kept is bounded, oldest out first; large files are read from disk', async (t) => {
  const folder = t.testdir({})
  for (const name of ['a', 'b', 'c']) await writeFile(join(folder, name), pattern(100))
  await writeFile(join(folder, 'large'), pattern(101))
  const cache = fileCache({ largest: 100, most: 200 })
  const inMemory = async (name: string) => {
    const file = await cache.open(join(folder, name))
    const kept = file!.read(0, 100) instanceof Uint8Array
    t.ok((await whole(file)).equals(pattern(file!.size)), name)
    await file!.close?.()
    return kept
  }
  for (const name of ['a', 'b', 'a', 'c', 'large', 'large']) await inMemory(name)
  t.equal(await inMemory('a'), true)
  t.equal(await inMemory('large'), false)
  t.equal(await inMemory('b'), false, 'used longest ago')
})

await t.test('a folder is not a file, and trouble is not absence', async (t) => {
  const folder = t.testdir({ a: 'x' })
  await mkdir(join(folder, 'sub'))
  t.equal(await fileCache().open(join(folder, 'sub')), null)
  t.equal(await fileCache().open(join(folder, 'a', 'b')), null)
  await t.rejects(fileCache().open(join(folder, 'x'.repeat(300))), { code: 'ENAMETOOLONG' })
})
