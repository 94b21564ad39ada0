import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { until } from '@eims/lab'
import t, { type Test } from 'tap'
import { startDatabases } from './support/databases.ts'
import { fileServer } from './support/file-server.ts'
import { MiB, noise, sampleDisk, sha256 } from './support/sample-disk.ts'
import { openSite, settled } from './support/site.ts'

const { fresh } = await startDatabases(t)
const disk = sampleDisk(10 * MiB)

async function bench(t: Test) {
  const site = await openSite(t, await fresh(t))
  const folder = t.testdir({ 'disk.raw': disk, broken: noise(9 * MiB) })
  const add = (name: string, file = 'disk.raw') => site.api('addImage', { body: { name, path: join(folder, file) } })
  const blobs = () => {
    const root = join(site.dataDir, 'blobs/sha256')
    return readdirSync(root).flatMap((each) => readdirSync(join(root, each))).length
  }
  /** What conversions and removals do to the store is done in turn: when this one's comes, theirs is over. */
  const tidied = () => site.jobs.inTurn(async () => {})
  const emptied = async () => {
    await tidied()
    return blobs()
  }
  return { site, folder, add, blobs, tidied, emptied }
}

/** A source that gives nothing until it is told to. */
async function slowServer(t: Test) {
  const asked = new PassThrough()
  const { url } = await fileServer(t, (_request, reply) => {
    reply.writeHead(200)
    reply.write(disk.subarray(0, MiB))
    asked.write('.')
  })
  return { url: `${url}/disk.raw`, asked: () => once(asked, 'data') }
}

await t.test('a conversion that is cancelled stops, the next one has its turn, and the name is free', async (t) => {
  const { site, add, emptied } = await bench(t)
  const { url, asked } = await slowServer(t)
  const begun = asked()
  await site.api('addImage', { body: { name: 'slow', url, sha256: sha256(disk) } })
  const next = await add('next')
  await begun
  const cancelled = await site.api('cancelImage', { params: { id: 'slow' } })
  t.match(cancelled, { state: 'failed', reason: { code: 'conversion-cancelled', slots: { by: 'admin' } } })
  t.match(await settled(site, next.id), { state: 'ready' })
  await t.rejects(site.api('cancelImage', { params: { id: 'next' } }), { code: 'wrong-state' })
  const again = await add('slow')
  t.equal(again.id, cancelled.id)
  t.match(await settled(site, again.id), { state: 'ready', reason: null })
  t.match(await site.api('deleteImage', { params: { id: 'slow' } }), { stopped: false, pieces: 0, bytes: 0 })
  const kept = await site.api('getImage', { params: { id: 'next' } })
  const freed = await site.api('deleteImage', { params: { id: 'next' } })
  t.equal(freed.pieces, kept.frameCount! + 1, 'with its manifest')
  t.ok(freed.bytes > kept.storedSize!)
  t.equal(await emptied(), 0)
})

await t.test('one that waits for its turn is cancelled at once, and never begins', async (t) => {
  const { site, add } = await bench(t)
  const { url, asked } = await slowServer(t)
  const begun = asked()
  await site.api('addImage', { body: { name: 'slow', url, sha256: sha256(disk) } })
  await add('waits')
  await begun
  t.match(await site.api('cancelImage', { params: { id: 'waits' } }), { state: 'failed' })
  const again = await add('waits')
  await site.api('cancelImage', { params: { id: 'slow' } })
  t.match(await settled(site, again.id), { state: 'ready' }, 'the first one does not fail the second')
})

await t.test('an upload that falls silent is cancelled, too; what is fetched shows how far it is', async (t) => {
  const { site, add } = await bench(t)
  const taken = Promise.withResolvers<void>()
  const silent = async function* () {
    yield disk.subarray(0, MiB)
    taken.resolve()
    await new Promise(() => {})
  }
  const { done } = await site.jobs.start({ name: 'silent', architecture: 'x86_64' }, silent())
  await taken.promise
  t.match(await site.api('cancelImage', { params: { id: 'silent' } }), { state: 'failed' })
  t.match(await done, { code: 'wrong-state', reason: { code: 'conversion-cancelled' } })
  t.match(await settled(site, (await add('next')).id), { state: 'ready' })

  const { url } = await fileServer(t, (_request, reply) => {
    reply.writeHead(200, { 'content-length': disk.length })
    reply.write(disk.subarray(0, disk.length / 2))
  })
  await site.api('addImage', { body: { name: 'half', url: `${url}/disk.raw`, sha256: sha256(disk) } })
  const progress = async () => (await site.api('getImage', { params: { id: 'half' } })).progress
  await until(async () => (await progress()) >= 0.25)
  t.equal(await progress(), 0.25)
  await site.api('cancelImage', { params: { id: 'half' } })
})

await t.test('removing an image that is converted stops it, and says so', async (t) => {
  const { site, add, emptied } = await bench(t)
  const { url, asked } = await slowServer(t)
  const begun = asked()
  await site.api('addImage', { body: { name: 'slow', url, sha256: sha256(disk) } })
  await begun
  t.match(await site.api('deleteImage', { params: { id: 'slow' } }), { stopped: true, pieces: 0, bytes: 0 })
  t.match(await settled(site, (await add('next')).id), { state: 'ready' })
  await site.api('deleteImage', { params: { id: 'next' } })
  t.equal(await emptied(), 0)
})

await t.test(
  'what a failed conversion stored is removed, its name is free, and a profile of it gets the new one',
  async (t) => {
    const { site, folder, add, blobs, tidied, emptied } = await bench(t)
    const bad = Buffer.concat([disk, noise(5 * MiB + 100)])
    writeFileSync(join(folder, 'odd.raw'), bad)
    const failed = await add('golden', 'odd.raw')
    t.match(await settled(site, failed.id), { state: 'failed' })
    t.equal(await emptied(), 0)
    await site.api('addProfile', { body: { name: 'p', image: 'golden' } })
    const again = await add('golden')
    t.match(await settled(site, again.id), { state: 'ready' })
    const kept = blobs()
    const shares = await add('shares', 'odd.raw')
    t.match(await settled(site, shares.id), { state: 'failed' })
    await tidied()
    t.equal(blobs(), kept, 'what another image has too stays')
    t.equal((await site.api('getProfile', { params: { id: 'p' } })).image, 'golden')
    await t.rejects(add('golden'), { code: 'already-exists' })
  },
)

await t.test('a prune removes what is left over, and tells it beforehand', async (t) => {
  const { site, add, blobs } = await bench(t)
  t.match(await settled(site, (await add('good')).id), { state: 'ready' })
  t.match(await settled(site, (await add('bad', 'broken')).id), { state: 'failed' })
  const kept = blobs()
  await site.store.put(Buffer.from('left by a conversion that was killed'))
  const told = { images: ['bad'], pieces: 1, bytes: 36 }
  t.strictSame(await site.api('pruneImages', { body: { dryRun: true } }), { ...told, dryRun: true })
  t.equal(blobs(), kept + 1)
  t.strictSame(await site.api('pruneImages', { body: { dryRun: false } }), { ...told, dryRun: false })
  t.equal(blobs(), kept)
  t.match(await site.api('listImages', { query: {} }), { items: [{ name: 'good' }] })
})

await t.test('a prune leaves the pieces of another database alone, and waits for no conversion', async (t) => {
  const { site } = await bench(t)
  await site.store.put(Buffer.from('of another database'))
  await t.rejects(site.api('pruneImages', { body: { dryRun: false } }), {
    code: 'wrong-state',
    message: /names no image/,
  })
  const { url, asked } = await slowServer(t)
  const begun = asked()
  await site.api('addImage', { body: { name: 'slow', url, sha256: sha256(disk) } })
  await begun
  await t.rejects(site.api('pruneImages', { body: { dryRun: false } }), {
    code: 'wrong-state',
    message: /images cancel/,
  })
  await site.api('cancelImage', { params: { id: 'slow' } })
})

await t.test('while a restore brings pieces in, none is removed', async (t) => {
  const { site, add, blobs, tidied } = await bench(t)
  t.match(await settled(site, (await add('good')).id), { state: 'ready' })
  const before = blobs()
  {
    using _ = site.store.keepAll()
    await site.api('deleteImage', { params: { id: 'good' } })
    await tidied()
    t.equal(blobs(), before)
  }
})

await t.test('of a store that is noted as another site’s nothing is removed', async (t) => {
  const { site, add, blobs, tidied } = await bench(t)
  t.match(await settled(site, (await add('good')).id), { state: 'ready' })
  const before = blobs()
  writeFileSync(join(site.dataDir, 'blobs/site'), 'another-site\n')
  await site.api('deleteImage', { params: { id: 'good' } })
  await tidied()
  t.equal(blobs(), before)
})

await t.test('pieces of a removed image stay when another one took them up before their turn came', async (t) => {
  const { site, add, blobs, tidied } = await bench(t)
  t.match(await settled(site, (await add('first')).id), { state: 'ready' })
  const before = blobs()
  const { url, asked } = await slowServer(t)
  const begun = asked()
  await site.api('addImage', { body: { name: 'slow', url, sha256: sha256(disk) } })
  await begun
  const twin = await add('twin')
  t.match(await site.api('deleteImage', { params: { id: 'first' } }), { pieces: before })
  await site.api('cancelImage', { params: { id: 'slow' } })
  t.match(await settled(site, twin.id), { state: 'ready' })
  await tidied()
  t.equal(blobs(), before)
})
