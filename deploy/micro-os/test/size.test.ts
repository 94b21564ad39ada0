import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { builtMicroOs } from './built.ts'
import { archivesOf } from './read-initrd.ts'

t.setTimeout(600_000)

await t.test('a boot loader reads 20 MB at most, and a machine with 1 GB has room for all', async (t) => {
  const { out, manifest, initrd } = await builtMicroOs(t)
  let total = 0
  for (const [name, { size }] of Object.entries(manifest.files)) {
    t.equal((await stat(join(out, name))).size, size, name)
    total += size
  }
  t.ok(total <= 20e6, `${(total / 1e6).toFixed(2)} MB together`)
  const { size, sha256 } = manifest.runtime
  t.equal((await stat(join(out, 'tools', sha256))).size, size)
  t.ok(size <= 40e6, `${(size / 1e6).toFixed(1)} MB fetched after it`)

  const unpacked = archivesOf(initrd).reduce((sum, archive) => sum + archive.length, 0)
  t.ok(unpacked <= 50e6, `${(unpacked / 1e6).toFixed(1)} MB in memory`)
})
