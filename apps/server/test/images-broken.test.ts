import { readdirSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import t from 'tap'
import { bench, MiB, noise, sampleDisk, sha256, tool } from './support/sample-disk.ts'

const disk = sampleDisk()
const gz = (bytes: Buffer) => tool('gzip', ['-c'], bytes)
const xz = (bytes: Buffer) => tool('xz', ['-0c'], bytes)
const zst = (bytes: Buffer) => tool('zstd', ['-qc'], bytes)
const garbage = Buffer.from('this is no member')

function damaged(file: Buffer): Buffer {
  const copy = Buffer.from(file)
  copy.fill(0x5a, file.length / 2, file.length / 2 + 64)
  return copy
}

const unreadable: [string, Buffer, RegExp][] = [
  ['empty', Buffer.alloc(0), /^the image file is empty$/],
  ['empty gzip member', gz(Buffer.alloc(0)), /^there is nothing in the image$/],
  ['truncated gz', gz(disk).subarray(0, -5), /gzip says: .*unexpected end of file/],
  ['truncated xz', xz(disk).subarray(0, -5), /xz says: .*Unexpected end of input/],
  ['truncated zst', zst(disk).subarray(0, -5), /zstd says: .*premature end/],
  ['truncated second frame', Buffer.concat([zst(disk), zst(disk).subarray(0, -5)]), /zstd says: .*premature end/],
  ['truncated second member', Buffer.concat([gz(disk), gz(disk).subarray(0, -5)]), /gzip says: .*unexpected end/],
  ['damaged second member', Buffer.concat([gz(disk), Buffer.of(1), gz(disk)]), /gzip says: .*garbage/],
  ['damaged gz', damaged(gz(disk)), /gzip says: /],
  ['damaged xz', damaged(xz(disk)), /xz says: .*data is corrupt/],
  ['garbage behind gz', Buffer.concat([gz(disk), garbage]), /gzip says: .*trailing garbage/],
  ['garbage behind xz', Buffer.concat([xz(disk), garbage]), /xz says: /],
  ['garbage behind zst', Buffer.concat([zst(disk), garbage]), /zstd says: /],
  ['half a sector', Buffer.concat([disk, Buffer.alloc(100)]), /23069284 bytes, .*not a multiple of a disk’s sector/],
  ['truncated raw', disk.subarray(0, 20 * MiB), /20971520 bytes, but its last partition ends at byte 23069184/],
  ['no partition table', noise(5 * MiB), /neither a GPT nor an MBR partition table, so no machine could boot/],
]

for (const [name, file, sentence] of unreadable) {
  await t.test(name, async (t) => {
    const dir = t.testdir({ image: file })
    const { store, tempDir, convert } = await bench(dir)
    await t.rejects(convert(`${dir}/image`), { code: 'image-unreadable', message: sentence })
    await t.rejects(convert(Readable.from(file.length ? [file] : [])), { code: 'image-unreadable', message: sentence })
    t.same(readdirSync(tempDir), [], 'no temporary file is left')
    t.same(readdirSync(`${store.directory}/tmp`), [])
  })
}

await t.test('a digest or format other than announced', async (t) => {
  const dir = t.testdir({ image: gz(disk) })
  const { store, convert } = await bench(dir)
  for (const source of [() => `${dir}/image`, () => Readable.from([gz(disk)])]) {
    await t.rejects(convert(source(), { sha256: sha256(disk) }), {
      code: 'image-mismatch',
      message: /^the file has the SHA-256 [0-9a-f]{64}, its publisher gives [0-9a-f]{64}$/,
    })
    await t.rejects(convert(source(), { format: 'xz' }), {
      code: 'image-mismatch',
      message: 'the image was announced as xz, but its first bytes are gz',
    })
    await t.rejects(convert(source(), { format: 'raw' }), { code: 'image-mismatch' })
  }
  t.same(readdirSync(`${store.directory}/sha256`), [], 'nothing was stored')
})

await t.test('a digest in capital letters is the same digest', async (t) => {
  const { convert } = await bench(t.testdir())
  await t.resolves(convert(Readable.from([disk]), { sha256: ` ${sha256(disk).toUpperCase()}` }))
})

await t.test('paths that are no image files', async (t) => {
  const dir = t.testdir()
  const { convert } = await bench(dir)
  tool('mkfifo', [`${dir}/pipe`])
  for (const [path, sentence] of [
    [`${dir}/nothing`, /does not exist on the server$/],
    [dir, /is not a regular file$/],
    [`${dir}/pipe`, /is not a regular file$/],
    ['/dev/zero', /is not a regular file$/],
  ] as const)
    await t.rejects(convert(path), {
      code: 'invalid-input',
      message: sentence,
      fields: [{ path: 'body.path', message: sentence }],
    })
})

await t.test('a file that somebody writes to meanwhile, longer or in place', async (t) => {
  const dir = t.testdir({ image: disk })
  const { convert } = await bench(dir)
  for (const flag of ['a', 'r+']) {
    const onProgress = () => writeFileSync(`${dir}/image`, 'x', { flag })
    await t.rejects(convert(`${dir}/image`, { onProgress }), { code: 'image-mismatch', message: /was changed while/ })
    writeFileSync(`${dir}/image`, disk)
  }
})

await t.test('an upload that breaks off', async (t) => {
  const { tempDir, convert } = await bench(t.testdir())
  const upload = async function* () {
    yield disk.subarray(0, MiB)
    throw new Error('socket hang up')
  }
  await t.rejects(convert(upload()), {
    code: 'image-unreadable',
    message: 'the upload broke off after 1048576 bytes: socket hang up',
  })
  t.same(readdirSync(tempDir), [])
})
