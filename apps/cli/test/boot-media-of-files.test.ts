import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ImageManifest } from '@eims/contracts'
import { appended, type InstallReport, openMedium, REPORTS } from '@eims/medium'
import t, { type Test } from 'tap'
import { isFile, nameOfFile } from '../src/boot-media/file-or-name.ts'
import { readable } from '../src/boot-media/readable.ts'
import { mediumArtifacts } from './support/medium-artifacts.ts'
import { printedBy } from './support/printed-by.ts'

// One promise: a medium is made of files alone, without a server and without a key.

const root = t.testdir()
await mediumArtifacts(root)
const MIB = 1024 * 1024

/** A disk whose partition table (MBR) has one partition, from 1 MiB to its end, and some data. */
const disk = Buffer.alloc(9 * MIB)
disk.writeUInt8(0x80, 446)
disk.writeUInt8(0x83, 450)
disk.writeUInt32LE(2048, 454)
disk.writeUInt32LE(disk.length / 512 - 2048, 458)
disk.writeUInt16BE(0x55aa, 510)
disk.fill('what the image holds', 5 * MIB, 6 * MIB)

const MANIFEST = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  till: one\n'

const report: InstallReport = {
  format: 1,
  runId: 'run-1',
  state: 'INSTALLED',
  reason: null,
  at: '2026-11-28T10:00:00.000Z',
  seconds: 60,
  medium: 'ab'.repeat(32),
  customization: null,
  identity: { serial: 'SN-1', macs: [] },
  inventory: null,
  name: 'till-1',
  profile: 'disk',
  image: { name: 'disk', manifestSha256: 'cd'.repeat(32) },
  disk: null,
  steps: [],
}

/** A folder with files by their names. */
function folder(t: Test, files: Record<string, string | Buffer>) {
  const dir = t.testdir()
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), bytes)
  }
  return dir
}

// no server is known, and no key
const ALONE = { EIMS_ROOT: root, EIMS_DATA: join(root, 'nothing'), HOME: root }
const installer = (t: Test, ...argv: string[]) => printedBy(t, ['boot-media', 'installer', ...argv], ALONE)

/** The disk that a machine would write, out of a medium. */
async function bytesOf(path: string, manifestSha256: string): Promise<Buffer> {
  await using file = await open(path)
  const medium = (await openMedium(readable(file)))!
  const blob = async (digest: string) => {
    const place = medium.places.get(digest)!
    const bytes = await readable(file).read(medium.base + place.offset, place.length)
    t.equal(hash('sha256', bytes), digest)
    return bytes
  }
  const { rawSize, frames } = ImageManifest.parse(JSON.parse(String(await blob(manifestSha256))))
  const raw = Buffer.alloc(rawSize)
  for (const { offset, sha256 } of frames) zstdDecompressSync(await blob(sha256)).copy(raw, offset)
  return raw
}

await t.test('of an image file', async (t) => {
  const dir = folder(t, { 'Debian 13.raw.zst': zstdCompressSync(disk) })
  const out = join(dir, 'pos.img')
  const sha256 = hash('sha256', readFileSync(join(dir, 'Debian 13.raw.zst')))
  const made = await installer(t, out, '--image', join(dir, 'Debian 13.raw.zst'), '--sha256', sha256, '--json')
  t.match(JSON.parse(made), { file: out, customized: false, sha256: hash('sha256', readFileSync(out)) })
  await using file = await open(out)
  const [only, ...others] = (await openMedium(readable(file)))!.directory.profiles
  t.match(others, [])
  t.match(only, {
    profile: { name: 'Debian-13', image: 'Debian-13', overwrite: false },
    image: { rawSize: disk.length, facts: { table: 'mbr', size: disk.length } },
    addons: [],
  })
  t.ok((await bytesOf(out, only!.image.manifestSha256)).equals(disk))
  t.strictSame(readdirSync(dir).sort(), ['Debian 13.raw.zst', 'pos.img'], 'and nothing is left beside it')
})

await t.test('of a profile file, an image beside it and files of addons', async (t) => {
  const profile = `# made by hand
name: till
image: images/pos.raw
finish: poweroff
createdAt: 2026-01-01T00:00:00.000Z
config: |
  version: 1
  operatingSystem:
    ntpServers: [till.example]
`
  const list = 'Serial,Name,Profile\nSN-1,till-1,till\n'
  const dir = folder(t, { 'till.yaml': profile, 'images/pos.raw': disk, 'shop.yaml': MANIFEST, 'units.csv': list })
  const out = join(dir, 'till.img')
  const files = [
    '--profile',
    join(dir, 'till.yaml'),
    '--addons',
    join(dir, 'shop.yaml'),
    '--list',
    join(dir, 'units.csv'),
  ]
  t.match(await installer(t, out, ...files), /customized +for 1 machine, with one config-file/)
  await using file = await open(out)
  const [only] = (await openMedium(readable(file)))!.directory.profiles
  t.match(only, {
    profile: { name: 'till', image: 'pos', finish: 'poweroff', addons: ['addons'] },
    addons: [{ name: 'addons' }],
  })
  t.match(String(await bytesOf(out, only!.addons[0]!.image.manifestSha256)), /name: shop[\s\S]+manifests\/shop\.yaml\n/)
  t.match(await printedBy(t, ['boot-media', 'show', out], ALONE), /till\.example/, 'the profile’s own config-file')
})

await t.test('what is wrong is told, and nothing is made', async (t) => {
  const dir = folder(t, {
    'disk.raw': disk,
    'no-disk.raw': Buffer.alloc(MIB, 1),
    'wrong.yaml': 'name: till\nimage: ./disk.raw\nfinsh: poweroff\noverwrite: perhaps\n',
    'config.yaml': 'name: till\nimage: ./disk.raw\nconfig: |\n  version: 1\n  nonsense: 1\n',
    'waits.yaml': 'name: till\nimage: ./disk.raw\nworkflow: { workflow: stored }\n',
    'a.yaml': 'name: till\nimage: ./disk.raw\n',
    'shop.yaml': 'kind: ConfigMap\n',
  })
  const out = join(dir, 'out.img')
  const at = (name: string) => join(dir, name)
  await installer(t, at('pos.img'), '--image', at('disk.raw'))
  for (const [argv, says] of [
    [
      ['--image', 'debian'],
      /^debian is the name of something on a server, and none can be asked; of files .*\nno server is known/,
    ],
    [['--image', dir], /is a folder, and no image$/],
    [['--image', 'https://example.org/debian.raw'], /is an address: fetch the file first, and give that$/],
    [['--image', at('pos.img')], /pos\.img is a boot medium of eims, and no image of a machine’s disk$/],
    [['--image', './debian'], /^there is no file \.\/debian; an image of a server has a name without a slash$/],
    [['--image', at('disk.raw'), '--sha256', 'abc'], /^--sha256 is not a SHA-256 digest/],
    [['--image', at('disk.raw'), '--sha256', 'ab'.repeat(32)], /its publisher gives abab/],
    [['--image', 'debian', '--sha256', 'ab'.repeat(32)], /^--sha256 is for an image file/],
    [['--image', at('no-disk.raw')], /neither a GPT nor an MBR partition table/],
    [['--profile', at('none.yaml')], /^there is no file .*none\.yaml; a profile of a server has a name/],
    [['--profile', at('wrong.yaml')], /wrong\.yaml:3:8: finsh: .*; did you mean finish\?/],
    [['--profile', at('wrong.yaml')], /wrong\.yaml:4:12: overwrite: /],
    [['--profile', at('config.yaml')], /^the config-file in .* has mistakes:\nconfig:2:\d+: mistake: nonsense/],
    [['--profile', at('waits.yaml')], /names the workflow stored, which only a server/],
    [['--profile', at('a.yaml'), '--profile', at('a.yaml')], /^two of these profiles are called till$/],
    [['--image', at('disk.raw'), '--addons', at('shop.yaml')], /shop\.yaml:1:1.*apiVersion/],
    [['--image', at('disk.raw'), '--addons', 'calico'], /^calico is the name of something on a server/],
  ] as const)
    t.match(await installer(t, out, ...argv), says, argv.join(' '))
  t.notOk(existsSync(out))
  t.strictSame(
    readdirSync(dir).filter((name) => name.startsWith('.')),
    [],
  )
})

await t.test('what stands where the medium is to be written is not lost', async (t) => {
  const dir = folder(t, { 'disk.raw': disk, 'notes.txt': 'of value', 'one.yaml': 'version: 1.0\n' })
  const at = (name: string) => join(dir, name)
  const make = (out: string, ...more: string[]) => installer(t, out, '--image', at('disk.raw'), ...more)
  symlinkSync('disk.raw', at('same.raw'))
  for (const [name, says] of [
    ['disk.raw', /disk\.raw is what the medium is to be made of; name another file to write$/],
    ['same.raw', /same\.raw is what the medium is to be made of/],
    ['one.yaml', /one\.yaml is what the medium is to be made of/],
    ['notes.txt', /notes\.txt is there and is no boot medium; name another file, or remove it|that one$/],
    ['', /is not a plain file/],
    ['nowhere/pos.img', /^there is no folder .*nowhere$/],
  ] as const)
    t.match(await make(at(name), '--config', at('one.yaml')), says, name)
  t.ok(readFileSync(at('disk.raw')).equals(disk))
  t.equal(readFileSync(at('notes.txt'), 'utf8'), 'of value')

  const out = at('pos.img')
  t.match(await make(out), /pos\.img, /)
  t.match(await make(out, '--config', at('one.yaml')), /for every machine, with one config-file/, 'an older medium is')
  t.equal(statSync(out).mode & 0o777, 0o600, 'for its owner only, with a config-file in it')
  await using file = await open(out, 'r+')
  const { base } = (await openMedium(readable(file)))!
  const { bytes, offset } = appended(Buffer.alloc(REPORTS.length), report)!
  await file.write(bytes, 0, bytes.length, base + offset)
  const before = readFileSync(out)
  t.match(await make(out), /is a medium with reports of installations: take them in \(boot-media collect\)/)
  t.ok(readFileSync(out).equals(before))
})

await t.test('a list that was saved otherwise, and mistakes of several files at once', async (t) => {
  const list = 'Serial;Name;Config\r\nSN-1;till-1;\r\n'
  const dir = folder(t, {
    'disk.raw': disk,
    'unicode.txt': Buffer.from(`\uFEFF${list}`, 'utf16le'),
    'list.xlsx': 'PK\u0003\u0004',
    'empty.csv': 'Serial,Name\n',
    'bad.csv': 'Serial,Name,Config\nSN-1,till-1,none.yaml\nSN-2,till-2,tab.yaml\n',
    'tab.yaml': 'version: 1.0\nnonsense: 1\n',
  })
  const at = (name: string) => join(dir, name)
  const make = (...more: string[]) => installer(t, at('out.img'), '--image', at('disk.raw'), ...more)
  t.match(await make('--list', at('unicode.txt')), /for 1 machine, without a config-file/)
  t.match(await make('--list', at('list.xlsx')), /list\.xlsx is a spreadsheet, or another packed file: save it as CSV$/)
  t.match(await make('--list', at('empty.csv')), /empty\.csv: it names no machine below its first line$/)
  t.match(
    await make('--list', at('bad.csv'), '--config', at('tab.yaml')),
    /have mistakes:\n.*tab\.yaml:2:\d+: mistake: nonsense.*\n.*bad\.csv:2: config there is no file .*none\.yaml\n.*tab\.yaml:2/,
  )
})

await t.test('files and names, and what an image is called', async (t) => {
  t.strictSame(
    ['./a', 'a/b', 'a.raw.xz', 'a.QCOW2', 'p.yaml', 'SHA256SUMS'].filter((word) => !isFile(word)),
    [],
  )
  t.strictSame(['debian', 'debian-13', 'pos.2026', 'raw'].filter(isFile), [])
  t.equal(nameOfFile('/x/Debian 13 (cloud).raw.xz'), 'Debian-13-cloud')
  t.equal(nameOfFile('.raw'), 'image')
  t.equal(nameOfFile(`${'x'.repeat(80)}.img`).length, 63)
})
