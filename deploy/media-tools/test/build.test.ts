import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdCompressSync } from 'node:zlib'
import t from 'tap'
import { buildMediaTools } from '../build.ts'

// One promise: what media are written by runs on any Linux of this processor, out of a folder, with nothing of the host's.

t.setTimeout(600_000)
const run = promisify(execFile)
const log = (line: string) => t.comment(line)
const cacheDir = process.env.EIMS_CACHE ?? join(homedir(), '.cache', 'eims')
const tree = await buildMediaTools({ cacheDir, log })

/** Nothing but the tree is there, so whatever is missing in it is missing. */
const alone = async (root: string, ...argv: string[]) => {
  const loader = ['/lib/ld.so', '--inhibit-cache', '--library-path', '/lib']
  return (
    await run('/usr/sbin/chroot', [root, ...loader, ...argv], { env: { GCONV_PATH: '/gconv' }, encoding: 'buffer' })
  ).stdout
}

await t.test('each program runs in a root that holds nothing else', async (t) => {
  const said = { xorriso: '-version', gzip: '--version', xz: '--version', zstd: '--version', 'qemu-img': '--version' }
  for (const [program, flag] of Object.entries(said))
    t.match(
      (await alone(tree, `/bin/${program}`, flag)).toString(),
      program === 'zstd' ? /Zstandard/ : new RegExp(program),
    )
})

await t.test('a FAT volume, a disc and a packed image, made and read there', async (t) => {
  const root = t.testdir({ work: { 'long-file-name.text': 'hello\n' } })
  await run('cp', ['-a', ...['bin', 'lib', 'gconv'].map((each) => join(tree, each)), root])
  const volume = ['-i', '/work/volume']
  await alone(root, '/bin/mformat', ...volume, '-C', '-T', '8192', '-h', '16', '-s', '32', '::')
  await alone(root, '/bin/mcopy', ...volume, '/work/long-file-name.text', '::')
  t.equal((await run('mtype', ['-i', join(root, 'work/volume'), '::long-file-name.text'])).stdout, 'hello\n')
  await alone(root, '/bin/xorriso', '-no_rc', '-as', 'mkisofs', '-quiet', '-o', '/disc', '-V', 'DISC', '/work')
  t.match((await readFile(join(root, 'disc'))).subarray(32_769, 32_774).toString(), /CD001/)
  await writeFile(join(root, 'packed.zst'), zstdCompressSync('hello\n'))
  t.equal((await alone(root, '/bin/zstd', '-dc', '/packed.zst')).toString(), 'hello\n')
  await alone(root, '/bin/qemu-img', 'create', '-q', '-f', 'qcow2', '/disk.qcow2', '1M')
  await alone(root, '/bin/qemu-img', 'convert', '-O', 'raw', '/disk.qcow2', '/disk.raw')
  t.equal((await stat(join(root, 'disk.raw'))).size, 1 << 20)
})

await t.test('its packages are named with version and digest, and the terms of the programs are there', async (t) => {
  const { packages } = JSON.parse(await readFile(join(tree, 'manifest.json'), 'utf8')) as {
    packages: { name: string; version: string; sha256: string }[]
  }
  for (const name of ['xorriso', 'mtools', 'isolinux', 'syslinux-common', 'gzip', 'xz-utils', 'zstd', 'qemu-utils']) {
    t.match(
      packages.find((each) => each.name === name),
      { version: /\d/, sha256: /^[0-9a-f]{64}$/ },
      name,
    )
    t.match(await readFile(join(tree, 'doc', name), 'utf8'), /licen[cs]e/i)
  }
  t.equal((await stat(join(tree, 'isolinux/isohdpfx.bin'))).size, 432, 'the start code of an MBR')
})

await t.test('everybody may read it, and another call finds it', async (t) => {
  const { mode, ino } = await stat(tree)
  t.equal(mode & 0o777, 0o755)
  t.equal(await buildMediaTools({ cacheDir, log }), tree)
  t.equal((await stat(tree)).ino, ino)
})
