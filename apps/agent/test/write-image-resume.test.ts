import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Context } from '../src/actions/handler.ts'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, unmarked } from './support/disks.ts'
import { fakeImage, fakeSource, noise, sha256 } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

const DISK = 64 * MIB
const RAW = noise(48 * MIB, 5)
const image = fakeImage(RAW)
const args = { manifestSha256: image.manifestSha256, rawSize: RAW.length }

/** A machine whose first agent was stopped after about half of the frames. */
async function interrupted(t: Test) {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sda', size: DISK })
  const source = fakeSource(image.chunks)
  const stop = new AbortController()
  const context = fakeContext(t, machine, {
    chunks: [source],
    results: chose('/dev/sda', DISK),
    signal: stop.signal,
    progress: (fraction) => void (fraction > 0.5 && stop.abort(new Error('stopped'))),
  })
  await t.rejects(writeImageHandler(args, context), { message: 'stopped' })
  const before = source.asked.length
  source.asked.length = 0
  const again = (more: Partial<Context>) =>
    writeImageHandler(args, { ...context, progress: () => {}, signal: new AbortController().signal, ...more })
  const whole = () => sha256(unmarked(readFileSync(node)).subarray(0, RAW.length)) === image.manifest.rawSha256
  return { node, source, before, again, whole }
}

await t.test('after a restart only what is missing is fetched', async (t) => {
  const { source, before, again, whole } = await interrupted(t)
  const { result } = await again({})
  t.ok(whole())
  t.equal(result.framesWritten + result.framesKept, 12)
  t.ok(result.framesKept >= 6, `${result.framesKept} frames kept`)
  const fetched = source.asked.filter((digest) => digest !== image.manifestSha256)
  t.equal(new Set(fetched).size, fetched.length)
  t.ok(before - 1 + fetched.length - 12 <= 4, 'at most what was in memory is fetched twice')
})

await t.test('a second attempt compares although the first frame is not there', async (t) => {
  const { node, again, whole } = await interrupted(t)
  const disk = readFileSync(node)
  disk[100]! ^= 1
  writeFileSync(node, disk)
  const { result } = await again({ attempt: 2 })
  t.ok(whole())
  t.ok(result.framesKept >= 5, `${result.framesKept} frames kept`)
})

await t.test('a frame that changed on the disk is written again', async (t) => {
  const { node, again, whole } = await interrupted(t)
  const disk = readFileSync(node)
  disk[5 * MIB]! ^= 1
  writeFileSync(node, disk)
  await again({ attempt: 2 })
  t.ok(whole())
})
