import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('what opens a signed URL is neither shown, nor audited, nor kept', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  const source = {
    imageUrl: 'https://me:p@ss@files.example/os/debian.img?sv=1&sig=SECRET#SECRET',
    packageManifestUrl: 'os/debian.json?sig=SECRET',
  }
  const body = { name: 'edge', image: 'debian-image', source, kernelArgs: 'quiet' }
  const made = await site.api('addProfile', { body })
  t.match(made.source, { imageUrl: 'https://files.example/os/debian.img', packageManifestUrl: 'os/debian.json' })
  const replaced = await site.api('putProfile', { params: { id: 'edge' }, body })
  t.strictSame(replaced.source, made.source)
  t.strictSame((await site.api('getProfile', { params: { id: 'edge' } })).source, made.source)
  const kept = await site.db.$queryRaw<{ text: string }[]>`
    select profile::text as text from profile union all select audit::text from audit`
  t.ok(kept.some(({ text }) => text.includes('files.example/os/debian.img')))
  t.notOk(kept.some(({ text }) => /SECRET|p@ss/.test(text)))
})
