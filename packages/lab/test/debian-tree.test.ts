import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { fetchDebianTree } from '../src/debian-tree.ts'

await t.test('several that need the same tree at once all get it, whole', { timeout: 110_000 }, async (t) => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'eims-tree-'))
  t.teardown(() => rm(cacheDir, { recursive: true, force: true }))
  const wanted = { cacheDir, name: 'tree', release: 'bookworm', packages: ['netbase'], withDependencies: true } as const
  const trees = await Promise.all([1, 2, 3].map(() => fetchDebianTree(wanted)))
  t.strictSame(trees, Array(3).fill(join(cacheDir, 'tree')))
  t.match(await readFile(join(cacheDir, 'tree/etc/services'), 'utf8'), /^tftp\s+69\/udp/m)
  t.strictSame(await readdir(cacheDir), ['tree'], 'nothing else is left')
})
