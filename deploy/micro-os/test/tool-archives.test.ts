import { execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import t from 'tap'
import { sha256 } from '../cache.ts'
import { neededLibraries } from '../elf.ts'
import { builtMicroOs, folder } from './built.ts'
import { readInitrd } from './read-initrd.ts'

t.setTimeout(600_000)

await t.test('each archive is the one that the Micro-OS lists, and has all that it needs', async (t) => {
  const { out, manifest, initrd } = await builtMicroOs(t)
  const base = readInitrd(initrd)
  t.strictSame(JSON.parse(base.get('eims/tools.json')!.bytes.toString()), manifest.tools)
  t.strictSame(Object.keys(manifest.tools), ['filesystems', 'mkfs', 'erase', 'kexec'])
  const digests = Object.values(manifest.tools).map((tool) => tool.sha256)
  t.strictSame((await readdir(join(out, 'tools'))).sort(), [...digests, manifest.runtime.sha256].sort())
  for (const [name, tool] of Object.entries(manifest.tools)) {
    const packed = await readFile(join(out, 'tools', tool.sha256))
    t.equal(packed.length, tool.size, name)
    t.equal(sha256(packed), tool.sha256, name)
    const root = await folder(t)
    execFileSync('tar', ['-x', '-C', root], { input: zstdDecompressSync(packed) })
    const listed = execFileSync('find', ['.', '-type', 'f', '-printf', '%P %m\n'], { cwd: root, encoding: 'utf8' })
    const files = new Map(
      listed
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    )
    for (const path of tool.modules) t.ok(files.has(path) || base.has(path), `${name}: ${path}`)
    for (const path of files.keys()) t.notOk(base.has(path), `${path} is not there twice`)
    const have = new Set([...files.keys(), ...base.keys()].map((path) => path.replace(/^.*\//, '')))
    for (const [path, mode] of files) {
      if (!/^usr\/s?bin\/|^lib\/.*\.so/.test(path)) continue
      if (path.startsWith('usr/')) t.equal(mode, '755', path)
      for (const library of neededLibraries(await readFile(join(root, path))))
        t.ok(have.has(library), `${path}: ${library}`)
    }
  }
})

await t.test(
  'checksums are loaded before the file systems that ask for them, and packages are listed with their licences',
  async (t) => {
    const { manifest } = await builtMicroOs(t)
    const order = manifest.tools.filesystems!.modules.map((path) => path.replace(/^.*\/|\.ko$/g, ''))
    for (const name of ['libcrc32c', 'ext4', 'xfs', 'btrfs'])
      t.ok(order.indexOf('crc32c_generic') < order.indexOf(name), name)
    for (const name of ['vfat', 'isofs', 'nls_cp437', 'nls_ascii', 'nls_utf8', 'loop']) t.ok(order.includes(name), name)
    const named = new Map(manifest.packages.map(({ name, licence }) => [name, licence]))
    t.equal(named.size, manifest.packages.length, 'each once')
    for (const name of ['e2fsprogs', 'xfsprogs', 'nvme-cli', 'kexec-tools']) t.ok(named.get(name), name)
  },
)
