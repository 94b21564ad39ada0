import { execFileSync, spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { anObject } from './support/addon-archive.ts'
import { startDatabases } from './support/databases.ts'
import { MiB, noise } from './support/sample-disk.ts'
import { addProfile, openSite } from './support/site.ts'

// One promise: the tool makes a set of addons of files that are right, and tells everything that is wrong with others.

const { fresh } = await startDatabases(t)
const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))

/** The tool on a site, in a folder. */
async function opened(t: Test) {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'edge')
  const folder = t.testdir()
  const put = (name: string, text: string | Buffer) => writeFileSync(join(folder, name), text)
  const eims = (...argv: string[]) =>
    new Promise<{ code: number | null; out: string; said: string }>((done) => {
      const env = { ...process.env, EIMS_SERVER: site.admin, EIMS_KEY: site.keys.admin }
      const child = spawn(process.execPath, [cli, ...argv], { env, cwd: folder })
      let out = ''
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      child.on('close', (code) => done({ code, out, said }))
    })
  return { site, folder, put, eims }
}

await t.test('addons add, list, show, delete, and a profile that has them', async (t) => {
  const { site, folder, put, eims } = await opened(t)
  const images = noise(5 * MiB)
  put('CNI v1.yaml', anObject('cni'))
  put('cni.tar.zst', images)
  put('sha256sum-amd64.txt', `${hash('sha256', images)}  cni.tar.zst\n`)
  put('list.txt', 'docker.io/rancher/mirrored-pause:3.6\n')
  const files = ['CNI v1.yaml', 'cni.tar.zst', 'sha256sum-amd64.txt', 'list.txt']
  const added = await eims('addons', 'add', 'calico', ...files, '--note', 'for pods', '--json')
  t.equal(added.code, 0, added.said)
  t.match(added.said, /nobody says the SHA-256 of list\.txt: it is taken as it is/)
  t.notMatch(added.said, /cni\.tar\.zst/)
  const addon = JSON.parse(added.out)
  t.match(addon, {
    version: 1,
    note: 'for pods',
    files: [
      { path: 'images/cni.tar.zst', size: images.length, sha256: hash('sha256', images) },
      { path: 'images/list.txt' },
      { path: 'manifests/cni-v1.yaml' },
    ],
  })
  utimesSync(join(folder, 'cni.tar.zst'), 1, 1)
  const again = await eims('addons', 'add', 'calico', ...files.toReversed(), '--json')
  t.match(JSON.parse(again.out), { version: 1, sha256: addon.sha256, note: 'for pods' }, 'the same files, the same set')

  t.match(await eims('profiles', 'set', 'edge', '--addon', 'calico'), { code: 0, out: /^addons +calico$/m })
  t.match(await eims('addons', 'delete', 'calico', '--yes'), { code: 1, said: /used by profile edge/ })
  put('CNI v1.yaml', anObject('other'))
  t.match(await eims('addons', 'add', 'calico', ...files), { code: 0, out: /^version +2$/m })
  t.match(await eims('addons', 'list'), { out: /^calico +2 .* edge/m })
  t.match(await eims('addons', 'show', 'calico'), { out: /^manifests\/cni-v1\.yaml/m })
  t.match(await eims('images', 'list'), { out: /^addons-calico-[0-9a-f]{12} .*addons/m })
  t.match(await eims('profiles', 'set', 'edge', '--addon', ''), { code: 0 })
  t.match(await eims('addons', 'delete', 'calico', '--yes'), { code: 0 })
  t.equal(await site.db.image.count({ where: { format: 'addons' } }), 0, 'its archive went with it')
})

await t.test('a chart with its values becomes a manifest', async (t) => {
  const { folder, put, eims } = await opened(t)
  execFileSync('sh', ['-ec', 'mkdir web; echo "name: web" >web/Chart.yaml; tar -czf Web-1.2.tgz web'], { cwd: folder })
  put('values.yaml', 'replicas: 2\n')
  const chart = ['addons', 'add', 'web', 'Web-1.2.tgz']
  const { out } = await eims(...chart, '--values', 'values.yaml', '--namespace', 'apps', '--json')
  t.match(JSON.parse(out), { version: 1, files: [{ path: 'manifests/web-1-2.yaml' }] })
  t.match(JSON.parse((await eims(...chart, '--json')).out), { version: 2 })
})

await t.test('all that is wrong is told at once, and nothing is sent', async (t) => {
  const { site, put, eims } = await opened(t)
  put('a.yaml', `${anObject('a')}---\nkind: A\n`)
  put('b.yaml', 'x:\n\t- y\n')
  put('c.tgz', 'no chart')
  put('readme.md', 'text')
  put('A.yml', anObject('a'))
  put('x.tar', 'images')
  const wrong = await eims(
    ...'addons add bad a.yaml b.yaml c.tgz readme.md A.yml x.tar none.yaml --checksum y.tar=00 --checksum'.split(' '),
    `z.tar=${'0'.repeat(64)}`,
  )
  t.equal(wrong.code, 1)
  for (const line of [
    /a\.yaml:5:1: mistake: The object has no apiVersion\. Write/,
    /a\.yaml:5:1: mistake: The object has no metadata\.name/,
    /b\.yaml:2:1: mistake: The line is indented with a tab/,
    /c\.tgz is no gzip/,
    /readme\.md is no part of addons/,
    /A\.yml would be manifests\/a\.yaml, as another file/,
    /none\.yaml is not there/,
    /--checksum y\.tar=00 is not a SHA-256/,
    /--checksum z\.tar=0+ is of z\.tar, which is none of the archives given/,
  ])
    t.match(wrong.said, line)
  const other = await eims('addons', 'add', 'bad', 'x.tar', '--checksum', '0'.repeat(64))
  t.match(other, { code: 1, said: /x\.tar has the SHA-256 [0-9a-f]{64}, and its publisher says 0{64}/ })
  t.match(await eims('addons', 'add', 'Bad_Name', 'x.tar'), { code: 2, said: /lower-case letters/ })
  t.match(await eims('addons', 'add', 'bad', 'x.tar', '--namespace', 'apps'), {
    code: 1,
    said: /need exactly one chart/,
  })
  t.equal(await site.db.image.count({ where: { format: 'addons' } }), 0)
})
