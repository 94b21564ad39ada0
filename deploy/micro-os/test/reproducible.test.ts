import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { builtMicroOs, freshCache } from './built.ts'
import { archivesOf, readCpio } from './read-initrd.ts'

t.setTimeout(600_000)

await t.test('two builds in different folders with nothing shared but the packages are the same bytes', async (t) => {
  const product = await builtMicroOs(t)
  const one = await builtMicroOs(t, { cacheDir: await freshCache(t), level: 1 })
  const two = await builtMicroOs(t, { cacheDir: await freshCache(t), level: 1 })
  t.strictSame(one.manifest, two.manifest)
  const manifest = (build: typeof one) => readFile(join(build.out, 'manifest.json'))
  t.strictSame(await manifest(one), await manifest(two))
  t.ok(one.initrd.equals(two.initrd), 'initrd')
  t.equal(one.manifest.files.vmlinuz.sha256, product.manifest.files.vmlinuz.sha256)

  // packed harder, the product has the same archives in it
  const [base, rest] = archivesOf(product.initrd)
  const [baseAgain, restAgain] = archivesOf(one.initrd)
  t.ok(base!.equals(baseAgain!), 'base archive')
  const withoutDigest = (archive: Buffer) => {
    const members = readCpio(archive)
    t.ok(members.delete('eims/runtime.digest'))
    return members
  }
  t.strictSame(withoutDigest(rest!), withoutDigest(restAgain!), 'agent and scripts')
})
