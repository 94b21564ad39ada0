import { hash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuiltinArgs } from '@eims/contracts'
import t, { type Test } from 'tap'
import { writeFileHandler } from '../src/actions/write-file.ts'
import { folderIn } from '../src/disk/in-root.ts'
import { fakeContext, reasonIn, tempDir } from './support/context.ts'
import { anOs, inOwnMounts, type LoopDisk, loopDisk, RUN } from './support/loop-disk.ts'

const file: BuiltinArgs<'write-file'> = {
  partition: null,
  fsType: null,
  path: '/etc/motd',
  contents: 'hello\n',
  uid: 1000,
  gid: 1001,
  mode: '0640',
  dirMode: '0750',
}
const write = (t: Test, disk: LoopDisk, more: Partial<typeof file> = {}) =>
  writeFileHandler({ ...file, ...more }, fakeContext(t, disk.machine, { runId: RUN, results: disk.results }))

/** An OS whose links lead everywhere. */
function withLinks(folder: string): void {
  anOs(folder)
  mkdirSync(join(folder, 'usr/lib'), { recursive: true })
  writeFileSync(join(folder, 'usr/plain'), 'as it was')
  const links = {
    lib: 'usr/lib',
    up: '../../../../../../../../../../tmp',
    abs: '/usr/lib',
    round: 'round',
    'usr/link': '../etc/os-release',
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name))
}
const tree = { parts: [{ size: 16, fs: 'ext4' as const, tree: withLinks }] }

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

await t.test('a file with its owner and mode, and folders on the way with theirs', async (t) => {
  const disk = await loopDisk(t, tree)
  const path = '/home/u/.ssh/authorized_keys'
  t.strictSame(await write(t, disk, { path }), { result: { partition: 1, bytes: 6 } })
  const said = disk.inside(
    1,
    'cat home/u/.ssh/authorized_keys; stat -c "%n %a %u %g" home/u/.ssh home/u/.ssh/*; ls -A home/u/.ssh',
  )
  t.strictSame(said.split('\n'), [
    'hello',
    'home/u/.ssh 750 1000 1001',
    'home/u/.ssh/authorized_keys 640 1000 1001',
    'authorized_keys',
  ])
  await write(t, disk, { path, contents: 'again', mode: '4755' })
  t.equal(disk.inside(1, 'cat home/u/.ssh/authorized_keys; stat -c " %a" home/u/.ssh/*'), 'again 4755')
})

await t.test('no link leads out of the file system', async (t) => {
  const disk = await loopDisk(t, tree)
  const outside = join('/tmp', `eims-never-${process.pid}`)
  await write(t, disk, { path: `/up/eims-never-${process.pid}` })
  t.equal(disk.inside(1, `cat tmp/eims-never-${process.pid}`), 'hello', 'the root’s .. is the root')
  t.throws(() => disk.inside(1, `test -e /${outside} && cat /${outside}`), 'nothing was written outside')
  await write(t, disk, { path: '/abs/one' })
  await write(t, disk, { path: '/lib/two' })
  t.equal(disk.inside(1, 'cat usr/lib/one usr/lib/two'), 'hello\nhello')
})

await t.test('a link gives way, and what it leads to stays as it was', async (t) => {
  const disk = await loopDisk(t, tree)
  await write(t, disk, { path: '/usr/link' })
  t.equal(disk.inside(1, 'test ! -L usr/link; cat usr/link etc/os-release'), 'hello\nID=debian')
})

await t.test('what cannot be written is told, and leaves nothing behind', async (t) => {
  const disk = await loopDisk(t, tree)
  const cases = [
    [{ path: '/round/x' }, { code: 'path-unusable', slots: { fault: 'links', at: '/round' } }],
    [{ path: '/usr/plain/x' }, { code: 'path-unusable', slots: { fault: 'not-a-folder', at: '/usr/plain' } }],
    [{ path: '/etc' }, { code: 'path-unusable', slots: { fault: 'is-a-folder' } }],
    [{ path: `/${'x'.repeat(256)}` }, { code: 'file-not-written', slots: { text: 'ENAMETOOLONG' } }],
    [{ contents: 'x'.repeat(32 * 1024 * 1024) }, { code: 'file-not-written', slots: { text: 'ENOSPC' } }],
  ] as const
  for (const [more, reason] of cases) t.match(await reasonIn(write(t, disk, more)), reason)
  t.equal(disk.inside(1, 'ls -A etc; cat usr/plain'), 'os-release\nas it was')
  const unmarked = await loopDisk(t, { ...tree, marked: false })
  t.match(await reasonIn(write(t, unmarked)), { code: 'disk-not-of-this-run' })
})

await t.test('what an attempt left that was cut goes with the next one', async (t) => {
  const disk = await loopDisk(t, tree)
  const begun = `eims-${hash('sha256', 'motd').slice(0, 32)}`
  await write(t, disk, { path: `/etc/.${begun}`, contents: 'half' })
  await write(t, disk)
  t.equal(disk.inside(1, 'ls -A etc; cat etc/motd'), 'motd\nos-release\nhello')
})

await t.test('.. stays inside, wherever it stands', async (t) => {
  const root = tempDir(t)
  mkdirSync(join(root, 'a/b'), { recursive: true })
  symlinkSync('/../../a', join(root, 'a/link'))
  t.equal(folderIn(root, '/a/../../../a/b'), join(root, 'a/b'))
  t.equal(folderIn(root, '/a/link/link/b/..'), join(root, 'a'))
  t.throws(() => folderIn(root, '/a/none'), { code: 'ENOENT' })
})
