import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { Readable } from 'node:stream'
import { ProblemError } from '@eims/contracts'
import { clearTemp, spaceBeside } from '@eims/image'
import { SmallDisk } from '@eims/lab'
import t from 'tap'
import { bench, MiB, sampleDisk, tool } from './support/sample-disk.ts'

const disk = sampleDisk()
const GB = 1e9

await t.test('a disk larger than allowed, in every form', async (t) => {
  const dir = t.testdir({ 'disk.raw': disk })
  tool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', `${dir}/disk.raw`, `${dir}/disk.qcow2`])
  const { tempDir, convert } = await bench(dir)
  const maxRawSize = 20 * MiB
  const bomb = tool('gzip', ['-c'], disk)
  await t.rejects(convert(`${dir}/disk.raw`, { maxRawSize }), { message: 'the disk has more than 20971520 bytes' })
  await t.rejects(convert(Readable.from([bomb]), { maxRawSize }), { code: 'image-unreadable' })
  await t.rejects(convert(`${dir}/disk.qcow2`, { maxRawSize }), {
    message: /23069184 bytes large, allowed are 20971520/,
  })
  await t.rejects(convert(Readable.from([disk]), { maxRawSize }), { code: 'too-large' })
  t.same(readdirSync(tempDir), [])
})

await t.test('a full disk is noticed before it is written to', async (t) => {
  const dir = t.testdir({ 'disk.raw': disk })
  tool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', `${dir}/disk.raw`, `${dir}/disk.qcow2`])
  const { tempDir, convert } = await bench(dir)
  const full = {
    code: 'disk-full',
    message: /needs \d+(\.\d)? MB in .*; 500 MB are free there, of which 1 GB are kept for the registry$/,
  }
  const space = spaceBeside(null, async () => ({ free: 0.5 * GB, size: 100 * GB }))
  await t.rejects(convert(Readable.from([disk]), { space }), full)
  await t.rejects(convert(`${dir}/disk.raw`, { space }), full)
  await t.rejects(convert(`${dir}/disk.qcow2`, { space }), full)
  await t.resolves(
    convert(`${dir}/disk.qcow2`, { space: spaceBeside(null, async () => ({ free: 1.2 * GB, size: 100 * GB })) }),
  )
  t.same(readdirSync(tempDir), [])
})

await t.test('a qcow2 whose raw form finds no room any more', async (t) => {
  const dir = t.testdir({ 'disk.raw': Buffer.concat([disk, randomBytes(30 * MiB)]) })
  tool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', `${dir}/disk.raw`, `${dir}/disk.qcow2`])
  await using small = await SmallDisk.create(16)
  const { tempDir, convert } = await bench(small.folder)
  const blind = { require: async () => {} }
  await t.rejects(convert(`${dir}/disk.qcow2`, { space: blind }), { code: 'disk-full', message: /is full$/ })
  const others = {
    async require(folder: string, bytes: number) {
      if (bytes === 0) throw new ProblemError('disk-full', `others filled ${folder}`)
    },
  }
  await t.rejects(convert(`${dir}/disk.qcow2`, { space: others }), { code: 'disk-full', message: /^others filled/ })
  t.same(readdirSync(tempDir), [])
})

await t.test('a conversion can be stopped, and its programs end with it', async (t) => {
  const dir = t.testdir()
  const { tempDir, convert } = await bench(dir)
  const stop = new AbortController()
  const large = tool('gzip', ['-1c'], Buffer.concat([disk, randomBytes(60 * MiB)]))
  const done = convert(Readable.from([large]), { signal: stop.signal, onProgress: () => stop.abort(new Error('stop')) })
  await t.rejects(done, { message: 'stop' })
  t.same(readdirSync(tempDir), [])
  const children = tool('cat', [`/proc/${process.pid}/task/${process.pid}/children`])
    .toString()
    .trim()
    .split(' ')
  t.ok(children.length <= 1, 'no child but the cat itself')
})

await t.test('what a killed conversion left is removed, and nothing else', async (t) => {
  const dir = t.testdir({ tmp: { 'image-Xy12': { upload: 'half' }, other: 'kept' } })
  await clearTemp(`${dir}/tmp`)
  t.same(readdirSync(`${dir}/tmp`), ['other'])
})
