import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { builtMicroOs } from './built.ts'
import { archivesOf } from './read-initrd.ts'

t.setTimeout(600_000)

await t.test('kernel and initrd are at most 60 MB and leave room in a machine with 1 GB', async (t) => {
  const { out, manifest, initrd } = await builtMicroOs(t)
  let total = 0
  for (const [name, { size }] of Object.entries(manifest.files)) {
    t.equal((await stat(join(out, name))).size, size, name)
    total += size
  }
  t.ok(total <= 60e6, `${(total / 1e6).toFixed(1)} MB together`)

  const unpacked = archivesOf(initrd).reduce((sum, archive) => sum + archive.length, 0)
  t.ok(unpacked <= 200e6, `${(unpacked / 1e6).toFixed(1)} MB in memory`)
})
