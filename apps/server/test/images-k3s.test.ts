import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { knownK3s } from '@eims/contracts'
import { findK3s, openExt4, type ReadAt, versionIn } from '@eims/image'
import { getImage } from '@eims/registry'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { InTurn } from '../src/images/housekeeping.ts'
import { findMissingFacts } from '../src/images/missing-facts.ts'
import { startDatabases } from './support/databases.ts'
import { bench, MiB, noise } from './support/sample-disk.ts'
import { openSite, settled } from './support/site.ts'

// One promise: an image is looked into for K3s, whatever its maker put there; what cannot be looked into is said, and stops
// nothing.

type Tree = Record<string, string | Buffer | { to: string } | null>
const script = '#!/bin/sh\n'
const binary = Buffer.concat([noise(300_000), Buffer.from('\0v1.33.5+k3s1\0'), noise(300_000, 'b')])
const debian: Tree = { '/etc/os-release': 'ID=debian\n' }

/** An ext4 of 24 MiB with these files; null is a folder. */
function ext4(t: Test, tree: Tree, options = ['-t', 'ext4']): Buffer {
  const folder = t.testdir({ root: {} })
  for (const [path, what] of Object.entries(tree)) {
    const at = join(folder, 'root', path)
    mkdirSync(what === null ? at : dirname(at), { recursive: true })
    if (what === null) continue
    if (typeof what === 'object' && 'to' in what) symlinkSync(what.to, at)
    else writeFileSync(at, what)
  }
  const image = join(folder, 'ext4')
  writeFileSync(image, Buffer.alloc(24 * MiB))
  execFileSync('/usr/sbin/mke2fs', ['-q', ...options, '-d', join(folder, 'root'), image])
  return readFileSync(image)
}

/** A disk with an MBR and a partition for each. */
function disk(...contents: Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(MiB), ...contents])
  let at = MiB
  for (const [index, { length }] of contents.entries()) {
    const entry = 446 + 16 * index
    bytes.writeUInt8(0x83, entry + 4)
    bytes.writeUInt32LE(at / 512, entry + 8)
    bytes.writeUInt32LE(length / 512, entry + 12)
    at += length
  }
  bytes.writeUInt16BE(0x55aa, 510)
  return bytes
}

const readAt =
  (bytes: Buffer): ReadAt =>
  async (offset, length) =>
    bytes.subarray(offset, offset + length)

const none = { found: 'no', version: null, path: null, installScript: false, archives: [], why: null, fileSystems: [] }

async function lookInto(t: Test, bytes: Buffer) {
  const folder = t.testdir({ 'disk.raw': bytes })
  const { convert } = await bench(join(folder, 'bench'))
  const { facts } = await convert(join(folder, 'disk.raw'))
  return facts.k3s
}

await t.test('version, place, install script and archives, by links inside of the image', async (t) => {
  const k3s = await lookInto(
    t,
    disk(
      ext4(t, {
        ...debian,
        '/usr/lib/k3s/k3s': binary,
        '/usr/local/bin': { to: '/usr/lib/rancher' },
        '/usr/lib/rancher/k3s': { to: `../../../${'./'.repeat(40)}usr/lib/k3s/k3s` },
        '/opt/install.sh': script,
        '/opt/k3s-airgap-images-amd64.tar.zst': 'x',
        '/opt/notes.tar': 'x',
        '/var/lib/rancher/k3s/agent/images/site.tar': 'x',
        '/var/lib/rancher/k3s/agent/images/list.txt': 'x',
      }),
    ),
  )
  t.strictSame(k3s, {
    found: 'yes',
    version: 'v1.33.5+k3s1',
    path: '/usr/local/bin/k3s',
    installScript: true,
    archives: ['/var/lib/rancher/k3s/agent/images/site.tar', '/opt/k3s-airgap-images-amd64.tar.zst'],
    why: null,
    fileSystems: [],
  })
})

await t.test('on a partition of its own, and where there is none', async (t) => {
  const opt = ext4(t, { '/install.sh': script, '/k3s/k3s': 'no version' })
  t.match(await lookInto(t, disk(ext4(t, debian), opt)), {
    found: 'yes',
    version: null,
    path: '/opt/k3s/k3s',
    installScript: true,
    why: null,
  })
  t.strictSame(await lookInto(t, disk(ext4(t, debian))), none)
})

await t.test('what cannot be looked into is said', async (t) => {
  const xfs = Buffer.concat([Buffer.from('XFSB'), noise(MiB - 4)])
  const unknown = { found: 'unknown', why: 'file-system' }
  t.match(await lookInto(t, disk(ext4(t, debian), xfs)), { ...unknown, fileSystems: ['xfs'] })
  t.match(await lookInto(t, disk(noise(MiB))), { ...unknown, fileSystems: [] })
  t.match(await lookInto(t, disk(ext4(t, { '/data': null }))), unknown, 'no root of an OS')
})

await t.test('whatever is in it, it stops no image', async (t) => {
  const tricks: Tree = {
    ...debian,
    '/usr/local/bin/k3s': { to: 'k3s' },
    '/usr/bin/k3s': { to: '../../../../../../etc/passwd' },
    '/opt/bin/k3s': { to: '/a b" ; quit' },
    '/opt/k3s/k3s': null,
    '/opt/install.sh': null,
    '/var/lib/rancher/k3s/agent/images/a\nb.tar': 'x',
    '/var/lib/rancher/k3s/agent/images/\x1b[31m.tar': 'x',
  }
  t.strictSame(await lookInto(t, disk(ext4(t, tricks))), none)
  const whole = ext4(t, { ...debian, '/opt/install.sh': script })
  for (const seed of ['a', 'b', 'c', 'd']) {
    const bytes = Buffer.from(whole)
    // superblock and descriptors stay, so that it is opened; inodes, folders and extents are nonsense
    noise(MiB, seed).copy(bytes, 8192)
    t.match(await lookInto(t, disk(bytes)), { found: /yes|no|unknown/ }, seed)
  }
  t.match(await lookInto(t, disk(whole.subarray(0, MiB))), { found: /no|unknown/ }, 'cut off')
})

await t.test('every kind of ext, and files of any shape', async (t) => {
  const big = Buffer.concat([
    noise(5 * MiB),
    Buffer.alloc(MiB),
    noise(300_000, 'b'),
    Buffer.from('\0v1.33.5+k3s1\0end'),
  ])
  const written = Buffer.concat([big.subarray(0, 5 * MiB), big.subarray(6 * MiB)])
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, at) => [`/usr/local/bin/tool-${at}-${'x'.repeat(60)}`, '']),
  )
  const tree = { ...debian, ...many, '/usr/local/bin/k3s': big }
  const made = [
    ['-t', 'ext2', '-b', '1024'],
    ['-t', 'ext2', '-b', '4096', '-I', '128'],
    ['-t', 'ext3', '-b', '1024'],
    ['-t', 'ext4', '-b', '1024', '-O', '^64bit'],
    ['-t', 'ext4', '-b', '4096', '-O', '64bit,metadata_csum'],
  ]
  for (const options of made) {
    const bytes = ext4(t, tree, options)
    const opened = await openExt4(readAt(bytes), AbortSignal.timeout(60_000))
    const parts: Buffer[] = []
    for await (const part of opened.bytes((await opened.find('/usr/local/bin/k3s'))!)) parts.push(part)
    const read = Buffer.concat(parts)
    t.ok(read.subarray(0, written.length).equals(written), options.join(' '))
    t.ok(read.length - written.length < 4096)
    t.equal((await opened.list((await opened.find('/usr/local/bin'))!)).length, 501)
    const whole = disk(bytes)
    t.match(await findK3s(readAt(whole), whole.length), {
      version: 'v1.33.5+k3s1',
      path: '/usr/local/bin/k3s',
      why: null,
    })
  }
  const inline = ext4(t, debian, ['-t', 'ext4', '-O', 'inline_data'])
  t.match(await lookInto(t, disk(inline)), { found: 'unknown', why: 'unreadable' })
})

await t.test('of an image without K3s only little is read, however large it is', async (t) => {
  const bytes = disk(ext4(t, { ...debian, '/usr/lib/big': noise(12 * MiB) }))
  let read = 0
  const counting: ReadAt = (offset, length) => {
    read += length
    return readAt(bytes)(offset, length)
  }
  t.strictSame(await findK3s(counting, bytes.length), none)
  t.ok(read < 2 * MiB, `${read} bytes`)
})

await t.test('a tree that leads in circles ends', async (t) => {
  const bytes = ext4(t, { ...debian, '/opt/k3s/k3s': noise(20 * MiB) }, ['-t', 'ext2', '-b', '1024'])
  const opened = await openExt4(readAt(bytes), AbortSignal.timeout(240_000))
  const file = (await opened.find('/opt/k3s/k3s'))!
  // all of a list leads to itself, so that a list of lists of lists has thousands of millions of blocks
  const list = file.map.readUInt32LE(52)
  for (let at = 0; at < 1024; at += 4) bytes.writeUInt32LE(list, list * 1024 + at)
  file.map.writeUInt32LE(list, 56)
  let others = 0
  const other = setInterval(() => others++, 1)
  t.teardown(() => clearInterval(other))
  await t.rejects(async () => {
    for await (const _ of opened.bytes({ ...file, size: 2 ** 50 }));
  }, /circles/)
  t.ok(others > 1, 'others had their turns meanwhile')
})

await t.test('a version is found wherever the pieces are cut, and none that only begins so', async (t) => {
  async function* cut(text: string, every: number) {
    for (let at = 0; at < text.length; at += every) yield Buffer.from(text.slice(at, at + every))
  }
  for (const every of [1, 3, 7, 1000])
    for (const [text, version] of [
      [`${'x'.repeat(100)}v1.33.5+k3s1\0rest`, 'v1.33.5+k3s1'],
      ['v1.34.0-rc1+k3s12', 'v1.34.0-rc1+k3s12'],
      ['v1.33.5-k3s1\0v1.33.5+k3s12024\0v1.2', null],
    ] as const)
      t.equal(await versionIn(cut(text, every)), version, `${text} in pieces of ${every}`)
})

const { fresh } = await startDatabases(t)

await t.test('what a person says counts; images of earlier versions are looked into later', async (t) => {
  const site = await openSite(t, await fresh(t))
  const bytes = disk(ext4(t, { ...debian, '/usr/bin/k3s': binary, '/opt/install.sh': script }))
  const folder = t.testdir({ 'disk.raw': bytes })
  await site.api('addImage', { body: { name: 'edge', path: join(folder, 'disk.raw') } })
  const edge = await settled(site, 'edge')
  t.match(edge, { state: 'ready', k3sVersion: null, facts: { k3s: { version: 'v1.33.5+k3s1' } } })
  t.strictSame(knownK3s(edge), { has: 'yes', version: 'v1.33.5+k3s1' })

  const set = (k3sVersion: string | null) => site.api('patchImage', { params: { id: 'edge' }, body: { k3sVersion } })
  t.strictSame(knownK3s(await set('none')), { has: 'no', version: null })
  t.strictSame(knownK3s(await set('v1.32.1+k3s1')), { has: 'yes', version: 'v1.32.1+k3s1' })
  await t.rejects(set('1.32'), { code: 'invalid-input', fields: [{ path: 'body.k3sVersion' }] })
  t.match(await set(null), { k3sVersion: null, facts: edge.facts })

  await site.api('addImage', { body: { name: 'second', path: join(folder, 'disk.raw') } })
  await settled(site, 'second')
  await site.db.$executeRaw`update image set facts = facts - 'k3s'`
  const turns: number[] = []
  const inTurn: InTurn = (work) => {
    turns.push(turns.length)
    return site.jobs.inTurn(work)
  }
  await findMissingFacts(
    { db: site.db, store: site.store, now: Date.now, log: pino({ level: 'silent' }) },
    inTurn,
    AbortSignal.timeout(60_000),
  )
  t.equal(turns.length, 2, 'an image that is added meanwhile waits for one of them only')
  for (const name of ['edge', 'second']) t.strictSame((await getImage(site.db, name)).facts, edge.facts)
})
