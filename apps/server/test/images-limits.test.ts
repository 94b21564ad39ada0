import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { Readable } from 'node:stream'
import t from 'tap'
import { clearTemp } from '../src/images/convert.ts'
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
  const full = { code: 'disk-full', message: /needs \d+ MB in .*, and 0 MB may be used there$/ }
  const free = async () => 0.5 * GB
  await t.rejects(convert(Readable.from([disk]), { free }), full)
  await t.rejects(convert(`${dir}/disk.raw`, { free }), full)
  await t.rejects(convert(`${dir}/disk.qcow2`, { free }), full)
  await t.resolves(convert(`${dir}/disk.qcow2`, { free: async () => GB }))
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
