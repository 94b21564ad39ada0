import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openInFolders } from '../src/images/folders.ts'
import { startDatabases } from './support/databases.ts'
import { fileServer } from './support/file-server.ts'
import { sampleDisk, sha256 } from './support/sample-disk.ts'
import { openSite } from './support/site.ts'

// One promise: by path nothing is read but what lies in a folder that was named for it, and nothing is told of the rest.

const disk = sampleDisk()

async function refusal(path: string, folders: string[]): Promise<string> {
  const { code, fields, message } = await openInFolders(path, folders).catch((error) => error)
  t.equal(code, 'invalid-input', path)
  t.match(fields, [{ path: 'body.path' }], path)
  return message.replace(path, 'PATH')
}

await t.test('what lies in a folder is opened, by whatever name of the folder', async (t) => {
  const dir = t.testdir({
    images: { 'disk.raw': disk, sub: { 'disk.raw': disk } },
    name: t.fixture('symlink', 'images'),
  })
  symlinkSync(join(dir, 'images/disk.raw'), join(dir, 'images/latest'))
  const given = (path: string) => join(dir, path)
  for (const folder of ['images', 'name', 'images/'])
    for (const path of ['images/disk.raw', 'images/sub/disk.raw', 'images/latest', 'images/sub/../disk.raw']) {
      const { file, size } = await openInFolders(given(path), ['/no/such/folder', given(folder)])
      t.equal(size, disk.length)
      await file.close()
    }
  const { file } = await openInFolders(given('name/disk.raw'), [given('name')])
  await file.close()
})

await t.test('what lies elsewhere is refused in the same words, whether it is there or not', async (t) => {
  const dir = t.testdir({ images: { 'disk.raw': disk }, other: { secret: 'x' }, 'images-too': { secret: 'x' } })
  const folders = [join(dir, 'images')]
  const elsewhere = ['other/secret', 'other/none', 'other', 'images-too/secret', 'images/../other/secret', 'images']
  const said = await Promise.all([
    ...[...elsewhere.map((path) => join(dir, path)), '/etc/passwd', '/dev/zero', '/'].map((path) =>
      refusal(path, folders),
    ),
    refusal(join(dir, 'images/disk.raw'), []),
  ])
  t.equal(new Set(said).size, 1)
  t.match(said[0], /^PATH lies in no folder that images are added from .*send the file instead/)

  for (const [name, to] of [
    ['out', '../other/secret'],
    ['nowhere', '../other/none'],
    ['device', '/dev/zero'],
    ['folder', '../other'],
    ['locked', '/proc/1/root/none'],
  ] as const)
    symlinkSync(to, join(dir, 'images', name))
  const links = ['out', 'nowhere', 'device', 'folder/secret', 'folder/none', 'locked', 'none', 'disk.raw/none', 'a\0b']
  const told = await Promise.all(links.map((name) => refusal(join(dir, 'images', name), folders)))
  t.strictSame([...new Set(told)], ['PATH is no file inside its folder; no link may lead out of it'])
})

await t.test('what is no file is refused', async (t) => {
  const dir = t.testdir({ empty: '', folder: {} })
  execFileSync('mkfifo', [join(dir, 'pipe')])
  for (const name of ['folder', 'pipe']) t.equal(await refusal(join(dir, name), [dir]), 'PATH is not a regular file')
  await t.rejects(openInFolders(join(dir, 'empty'), [dir]), { code: 'image-unreadable' })
})

await t.test('a file that became a link while the image waited for its turn is not read', async (t) => {
  const { fresh } = await startDatabases(t)
  const site = await openSite(t, await fresh(t))
  const [dir, other] = [join(site.dataDir, 'mine'), t.testdir({ 'disk.raw': disk })]
  mkdirSync(dir)
  const outside = await openSite(t, await fresh(t), 'server-2')
  await t.rejects(outside.api('addImage', { body: { name: 'x', path: join(dir, 'disk.raw') } }), {
    code: 'invalid-input',
    fields: [{ path: 'body.path' }],
  } as never)
  const begun = Promise.withResolvers<void>()
  const { url } = await fileServer(t, () => begun.resolve())
  await site.api('addImage', { body: { name: 'slow', url, sha256: sha256(disk) } })
  await begun.promise
  const path = join(dir, 'disk.raw')
  writeFileSync(path, disk)
  const { id } = await site.api('addImage', { body: { name: 'turned', path } })
  rmSync(path)
  symlinkSync('/proc/self/status', path)
  rmSync(other, { recursive: true })
  await site.api('cancelImage', { params: { id: 'slow' } })
  for (;;) {
    const { state, reason } = await site.api('getImage', { params: { id } })
    if (state === 'converting') continue
    t.match({ state, reason }, { state: 'failed', reason: { text: /is no file inside its folder/ } })
    break
  }
})
