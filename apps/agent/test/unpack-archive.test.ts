import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtins } from '@eims/contracts'
import t, { type Test } from 'tap'
import { unpackArchiveHandler } from '../src/actions/unpack-archive.ts'
import { readTar } from '../src/archive/tar.ts'
import { unpackTar } from '../src/archive/unpack-tar.ts'
import { architecture } from '../src/hardware/survey.ts'
import { thisMachine } from '../src/machine.ts'
import { fakeContext, reasonIn, tempDir } from './support/context.ts'
import { fakeImage, fakeSource } from './support/image.ts'
import { inOwnMounts, loopDisk, RUN } from './support/loop-disk.ts'

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

const machine = thisMachine(null, true)
const tar = (folder: string, ...args: string[]): Buffer =>
  execFileSync('tar', ['-c', '-C', folder, ...args], { maxBuffer: 64 * 1024 * 1024 })

/** Everything that tar keeps, in one folder. */
function tree(t: Test): string {
  const folder = tempDir(t)
  const script = `umask 022; cd "$1"; mkdir -p usr/bin "${'deep/'.repeat(40)}" sticky; chmod 1777 sticky
    printf text >usr/file; chown 1234:70000 usr/file; chmod 4751 usr/file; ln usr/file usr/other; ln -s usr/bin bin
    head -c 300000 /dev/urandom >usr/bin/large; mkfifo -m 640 pipe; mknod -m 600 zero c 1 5; : >"usr/${'n'.repeat(200)}"
    find . -exec touch -h -d @1000000000.5 {} +; touch -h -d @86400 bin; touch -d @3 deep sticky usr`
  execFileSync('sh', ['-ec', script, 'sh', folder])
  return folder
}

/** What a tree is, down to owners, modes and times. */
const listOf = (folder: string): string =>
  execFileSync(
    'sh',
    [
      '-c',
      'cd "$1"; find . ! -path . -printf "%p %y %m %U %G %s %T@ %l %n\\n" | grep -v "^./lost" | sort; find . -type f -exec sha256sum {} + | sort',
      'sh',
      folder,
    ],
    { encoding: 'utf8' },
  )

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

for (const format of ['pax', 'gnu'])
  await t.test(`owners, modes, links and times are as in it, ${format}`, async (t) => {
    const from = tree(t)
    for (const length of [1, 511, 1024 * 1024]) {
      const root = tempDir(t)
      const bytes = tar(from, `--format=${format}`, '.')
      const small = length === 1 ? tar(from, `--format=${format}`, 'usr/file', 'usr/other', 'bin', 'pipe') : bytes
      const done = await unpackTar(machine, inPieces(small, length), { root, folder: '/' })
      if (length === 1) t.equal(readFileSync(join(root, 'usr/other'), 'utf8'), 'text')
      else
        t.equal(
          listOf(root),
          format === 'gnu' ? listOf(from).replaceAll('1000000000.5000000000', '1000000000.0000000000') : listOf(from),
        )
      t.ok(done.entries > 3)
      await unpackTar(machine, inPieces(small, length), { root, folder: '/' })
    }
  })

await t.test('no entry and no link leads out of its file system', async (t) => {
  const outside = tempDir(t)
  const from = tempDir(t)
  writeFileSync(join(from, 'evil'), 'evil')
  const named = (name: string) => tar(from, '-P', `--transform=s|.*|${name}|`, 'evil')
  const root = tempDir(t)
  mkdirSync(join(root, 'etc'))
  symlinkSync(outside, join(root, 'etc/link'))
  for (const name of ['../evil', 'a/../../evil', '..'])
    t.match(
      await reasonIn(unpackTar(machine, inPieces(named(name), 4096), { root, folder: '/etc' })),
      { code: 'archive-unreadable' },
      name,
    )
  await unpackTar(machine, inPieces(named('/evil'), 4096), { root, folder: '/etc' })
  t.equal(readFileSync(join(root, 'etc/evil'), 'utf8'), 'evil', 'an absolute name is one below the folder')
  await unpackTar(machine, inPieces(named('link/evil'), 4096), { root, folder: '/etc' })
  t.strictSame(readdirSync(outside), [], 'a link leads to the same place inside')
  await unpackTar(machine, inPieces(named('link'), 4096), { root, folder: '/etc' })
  t.equal(lstatSync(join(root, 'etc/link')).isFile(), true, 'a link gives way')
  const made = tempDir(t)
  symlinkSync(outside, join(made, 'way'))
  const both = Buffer.concat([tar(made, 'way').subarray(0, 512), named('way/evil')])
  await unpackTar(machine, inPieces(both, 4096), { root, folder: '/' })
  t.equal(readlinkSync(join(root, 'way')), outside)
  const place = tempDir(t)
  mkdirSync(join(place, 'late'))
  utimesSync(join(place, 'late'), 3, 3)
  const folderFirst = tar(place, 'late').subarray(0, 512)
  for (const target of [outside, '/no/such']) {
    const after = tempDir(t)
    symlinkSync(target, join(after, 'late'))
    const before = lstatSync(outside).mtimeMs
    const replaced = Buffer.concat([folderFirst, tar(after, 'late')])
    await unpackTar(machine, inPieces(replaced, 4096), { root: tempDir(t), folder: '/' })
    t.equal(lstatSync(outside).mtimeMs, before, 'nor has a folder outside the time of one')
  }
  t.strictSame(readdirSync(outside), [])
})

await t.test('times before 1970, and an archive without the zeros at its end', async (t) => {
  const from = tempDir(t)
  writeFileSync(join(from, 'old'), 'text')
  execFileSync('touch', ['-d', '@-86400', join(from, 'old')])
  for (const format of ['gnu', 'pax']) {
    const bytes = tar(from, `--format=${format}`, 'old')
    const end = bytes.indexOf(Buffer.from('text'.padEnd(512, '\0'))) + 512
    const root = tempDir(t)
    await unpackTar(machine, inPieces(bytes.subarray(0, end), 512), { root, folder: '/' })
    t.equal(readFileSync(join(root, 'old'), 'utf8'), 'text', format)
    for await (const { mtime } of readTar(inPieces(bytes, 512))) t.equal(mtime, -86_400, format)
    for (const cut of [0, 512, end - 512, end - 1].filter((at) => format === 'pax' || at !== 512))
      t.match(
        await reasonIn(unpackTar(machine, inPieces(bytes.subarray(0, cut), 512), { root: tempDir(t), folder: '/' })),
        { code: 'archive-unreadable' },
        `${format}, ${cut} bytes`,
      )
  }
})

await t.test('what is damaged, cut or sparse is told', async (t) => {
  const from = tree(t)
  const bytes = tar(from, '--format=pax', '.')
  const spoilt = Buffer.from(bytes)
  spoilt[0]! ^= 1
  execFileSync('truncate', ['-s', '1M', join(from, 'hole')])
  for (const [name, archive] of Object.entries({
    spoilt,
    cut: bytes.subarray(0, 200_000),
    sparse: tar(from, '--sparse', '--format=gnu', 'hole'),
  }))
    t.match(
      await reasonIn(unpackTar(machine, inPieces(archive, 4096), { root: tempDir(t), folder: '/' })),
      { code: 'archive-unreadable' },
      name,
    )
})

await t.test('the archive of the store goes to the partition, in frames', async (t) => {
  const from = tree(t)
  const bytes = tar(from, '--format=pax', '.')
  const image = fakeImage(bytes, 64 * 1024)
  const disk = await loopDisk(t, { parts: [{ size: 16, fs: 'ext4' }] })
  const context = fakeContext(t, disk.machine, {
    runId: RUN,
    results: disk.results,
    chunks: [fakeSource(image.chunks)],
  })
  const args = {
    partition: 1,
    fsType: null,
    archiveSha256: image.manifestSha256,
    archiveSize: bytes.length,
    folder: '/a/b',
  }
  const { result } = await unpackArchiveHandler(args, context)
  t.match(result, { partition: 1, bytes: 300_000 + 4 })
  t.equal(context.steps.at(-1), 1)
  t.equal(disk.inside(1, 'cat a/b/usr/other; stat -c " %a %u %g" a/b/usr/file'), 'text 4751 1234 70000')
  t.strictSame(disk.mounted(), [])
})

await t.test('what the server keeps of a packed archive stands on the disk, by the plan that it makes', async (t) => {
  const folder = tempDir(t)
  const from = join(folder, 'root')
  mkdirSync(from)
  const script = `cd "$1"; head -c 5000000 /dev/urandom >noise; truncate -s 13M zeros; : >init; chmod 4755 init
    tar -czf ../root.tar.gz --owner=1234 init noise zeros; sha256sum <noise`
  const noise = execFileSync('sh', ['-ec', script, 'sh', from], { encoding: 'utf8' }).trim()
  const server = fileURLToPath(new URL('../../server/test/support/plan-archive.ts', import.meta.url))
  const said = execFileSync(process.execPath, [
    server,
    join(folder, 'root.tar.gz'),
    architecture(),
    join(folder, 'store'),
  ])
  const args = builtins['unpack-archive'].arguments.parse(JSON.parse(said.toString()))
  const disk = await loopDisk(t, { parts: [{ size: 48, fs: 'ext4' }] })
  const context = fakeContext(t, disk.machine, {
    runId: RUN,
    results: disk.results,
    chunks: [{ name: 'the store', fetch: async (digest) => readFileSync(join(folder, 'store/chunks', digest)) }],
  })
  t.match(await unpackArchiveHandler(args, context), {
    result: { partition: 1, entries: 3, bytes: 5e6 + 13 * 2 ** 20 },
  })
  t.equal(
    disk.inside(1, 'sha256sum <noise; stat -c "%s %u" zeros; cmp -n 13631488 zeros /dev/zero; stat -c %a init'),
    `${noise}\n13631488 1234\n4755`,
  )
})
