import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { buildDashboard } from '../build.ts'

// One promise: the dashboard is built once for what it is made of, and holds nothing from elsewhere.

await t.test('once, and whole', async (t) => {
  const cacheDir = t.testdir()
  const outDir = join(cacheDir, 'artifacts')
  const said: string[] = []
  const build = () => buildDashboard({ cacheDir, outDir, log: (line) => said.push(line) })
  const manifest = await build()
  t.match(manifest, { format: 2, key: /^[0-9a-f]{64}$/ })
  t.match(manifest.pages, {
    '/': 'index.html',
    '/nodes/:id': 'index.html',
    '/floor': 'floor.html',
    '/floor/codes': 'floor.html',
    '/board': 'board.html',
  })
  const react = manifest.packages.filter(({ name }) => name === 'react')
  t.match(react, [{ version: /^19\./, licence: 'MIT' }])
  t.equal(react.length, 1, 'one React, and the newer of the two')
  t.strictSame(await build(), manifest)
  await rm(join(outDir, 'web'), { recursive: true })
  t.strictSame(await build(), manifest)
  t.strictSame(said, ['building the dashboard'], 'the same again is taken from the cache')

  const assets = join(outDir, 'web/files/assets')
  const names = await readdir(assets)
  for (const name of names.filter((each) => /\.(js|css)$/.test(each))) {
    const bytes = await readFile(join(assets, name))
    t.match(name, /-[\w-]{8}\.(js|css)$/, 'its content is in its name')
    // What is small already is sent as it is.
    if (bytes.length >= 1024) {
      t.ok(brotliDecompressSync(await readFile(join(assets, `${name}.br`))).equals(bytes))
      t.ok(gunzipSync(await readFile(join(assets, `${name}.gz`))).equals(bytes))
    }
    t.notMatch(bytes.toString(), /\bimport\(["'`]https?:|url\(["']?(https?:|\/\/)|sourceMappingURL/, name)
  }
  for (const name of new Set(Object.values(manifest.pages))) {
    const document = await readFile(join(outDir, 'web/files', name), 'utf8')
    t.notMatch(document, /https?:|<style|<script>|style="/, name)
  }
})
