import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { ImageFormat } from '@eims/contracts'
import t from 'tap'
import { bench, MiB, reassemble, sampleDisk, sha256, tool } from './support/sample-disk.ts'

const disk = sampleDisk()
const half = 9 * MiB + 100
const parts = [disk.subarray(0, half), disk.subarray(half)] as const
const skippable = Buffer.from('532a4d1804000000deadbeef', 'hex')
const zst = (bytes: Buffer) => tool('zstd', ['-qc'], bytes)
const gz = (bytes: Buffer) => tool('gzip', ['-c'], bytes)
const xz = (bytes: Buffer) => tool('xz', ['-0c'], bytes)

const published: [string, ImageFormat, Buffer][] = [
  ['raw', 'raw', disk],
  ['gzip', 'gz', gz(disk)],
  ['gzip of two members', 'gz', Buffer.concat(parts.map(gz))],
  ['xz', 'xz', xz(disk)],
  ['xz of two streams', 'xz', Buffer.concat(parts.map(xz))],
  ['zstd', 'zst', zst(disk)],
  ['zstd of two frames', 'zst', Buffer.concat(parts.map(zst))],
  ['zstd behind a skippable frame', 'zst', Buffer.concat([skippable, zst(disk)])],
  ['zstd with skippable frames between', 'zst', Buffer.concat([zst(parts[0]), skippable, zst(parts[1]), skippable])],
]

await t.test('every published form gives the same manifest, and the manifest gives the disk back', async (t) => {
  const dir = t.testdir({ 'disk.raw': disk })
  tool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', `${dir}/disk.raw`, `${dir}/plain.qcow2`])
  tool('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', `${dir}/disk.raw`, `${dir}/compressed.qcow2`])
  const small = 'compression_type=zstd,cluster_size=4k'
  tool('qemu-img', ['convert', '-c', '-o', small, '-f', 'raw', '-O', 'qcow2', `${dir}/disk.raw`, `${dir}/zstd.qcow2`])
  for (const name of ['plain', 'compressed', 'zstd'])
    published.push([`qcow2, ${name}`, 'qcow2', readFileSync(`${dir}/${name}.qcow2`)])

  const manifests = new Set<string>()
  for (const [name, format, file] of published) {
    const { store, tempDir, convert } = await bench(`${dir}/${name}`)
    writeFileSync(`${dir}/file`, file)
    for (const source of [`${dir}/file`, Readable.from(slices(file))]) {
      const steps: number[] = []
      const image = await convert(source, { format, sha256: sha256(file), onProgress: (step) => steps.push(step) })
      t.equal(image.format, format, name)
      t.equal(image.sourceSha256, sha256(file), name)
      t.equal(image.manifest.rawSha256, sha256(disk), name)
      t.ok((await reassemble(image.manifest, store)).equals(disk), `${name}: the same disk`)
      t.same(JSON.parse((await store.read(image.manifestSha256)).toString()), image.manifest)
      t.equal(
        image.storedSize,
        image.manifest.frames.reduce((sum, { size }) => sum + size, 0),
      )
      t.equal(steps.at(-1), 1, `${name}: progress ends at 1`)
      t.same(
        steps,
        steps.toSorted((a, b) => a - b),
        `${name}: progress only grows`,
      )
      t.same(readdirSync(tempDir), [], 'no temporary file is left')
      manifests.add(image.manifestSha256)
    }
  }
  t.equal(manifests.size, 1, 'the manifest depends on the disk alone')
})

await t.test('frames are four megabytes, and those of zeros become runs', async (t) => {
  const { convert } = await bench(t.testdir())
  const { manifest } = await convert(Readable.from([disk]))
  t.same(
    manifest.frames.map(({ offset, length }) => [offset / MiB, length]),
    [
      [0, 4 * MiB],
      [8, 4 * MiB],
      [16, 4 * MiB],
      [20, 2 * MiB + 512],
    ],
  )
  t.same(manifest.zeros, [
    { offset: 4 * MiB, length: 4 * MiB },
    { offset: 12 * MiB, length: 4 * MiB },
  ])
})

await t.test('neighbouring zeros are one run, at the end too', async (t) => {
  const { store, convert } = await bench(t.testdir())
  const empty = Buffer.alloc(33 * MiB)
  disk.copy(empty, 0, 0, 512)
  const { manifest } = await convert(Readable.from([empty]))
  t.same(manifest.zeros, [{ offset: 4 * MiB, length: 29 * MiB }])
  t.ok((await reassemble(manifest, store)).equals(empty))
})

function* slices(file: Buffer) {
  for (let at = 0; at < file.length; at += 99_991) yield file.subarray(at, at + 99_991)
}
