import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { openBlobStore } from '@eims/image'
import { until } from '@eims/lab'
import { createImage, type Db, deleteImage, finishImage, getSite, manifestsOfOpenRuns } from '@eims/registry'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { startHousekeeping, tidy } from '../src/images/housekeeping.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addDefaultProfile, DIGEST, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

/** A store with two chunks a year old: one of the image `kept`, and an orphan; the database `db` knows the image. */
async function bench(t: Test) {
  const dir = t.testdir()
  const store = await openBlobStore(dir)
  const { db } = await fresh(t)
  const warnings: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => warnings.push(JSON.parse(line).msg) })
  const old = async (text: string) => {
    const digest = await store.put(Buffer.from(text))
    utimesSync(store.path(digest), new Date('2025-01-01'), new Date('2025-01-01'))
    return digest
  }
  const [frame, orphan] = [await old('a frame'), await old('an orphan')]
  const manifestOf = (sha256: string) =>
    JSON.stringify({
      version: 1,
      compression: 'zstd',
      architecture: 'x86_64',
      rawSize: 4096,
      rawSha256: DIGEST,
      frames: [{ offset: 0, length: 4096, size: 7, sha256, rawSha256: DIGEST }],
      zeros: [],
    })
  const manifest = await old(manifestOf(frame))
  const addImage = async (name: string, manifestSha256: string, to: Db = db) => {
    const { id } = await createImage(to, { name, architecture: 'x86_64', format: 'raw' })
    const made = { sourceSha256: DIGEST, rawSize: 4096, rawSha256: DIGEST, frameCount: 1, storedSize: 7 }
    await finishImage(to, id, { ...made, manifestSha256 })
  }
  const parts = { db, store, now: () => Date.now(), log }
  const left = async () => {
    const has = { frame: await store.has(frame), manifest: await store.has(manifest), orphan: await store.has(orphan) }
    return Object.keys(has).filter((name) => has[name as keyof typeof has])
  }
  return { db, store, parts, warnings, manifest, addImage, left, siteFile: `${dir}/blobs/site` }
}

await t.test('what no image needs is removed, and images that other servers keep do not hinder it', async (t) => {
  const { parts, warnings, manifest, addImage, left } = await bench(t)
  await addImage('elsewhere', DIGEST)
  await addImage('kept', manifest)
  await tidy(parts)
  t.strictSame(await left(), ['frame', 'manifest'])
  t.strictSame(warnings, [])
})

await t.test('with a database that names no image of the store nothing is removed', async (t) => {
  const { db, parts, warnings, manifest, addImage, left } = await bench(t)
  await tidy(parts)
  await addImage('elsewhere', DIGEST)
  await tidy(parts)
  t.strictSame(await left(), ['frame', 'manifest', 'orphan'])
  t.match(warnings, [/names no image/, /names no image/])
  await addImage('kept', manifest)
  await tidy(parts)
  await deleteImage(db, 'kept')
  await tidy(parts)
  t.strictSame(await left(), ['frame', 'manifest'], 'nor when the last image goes')
})

await t.test(
  'with the database of another site nothing is removed, until a person says that it is right',
  async (t) => {
    const { db, parts, warnings, manifest, addImage, left, siteFile } = await bench(t)
    await addImage('kept', manifest)
    writeFileSync(siteFile, 'another-site\n')
    await tidy(parts)
    t.strictSame(await left(), ['frame', 'manifest', 'orphan'])
    t.match(warnings, [/^the image chunks belong to another database.*, remove .*\/blobs\/site$/])
    rmSync(siteFile)
    await tidy(parts)
    t.strictSame(await left(), ['frame', 'manifest'])
    const another = { ...parts, db: (await fresh(t)).db }
    t.not((await getSite(another.db)).id, (await getSite(db)).id)
    await addImage('kept', manifest, another.db)
    await tidy(another)
    t.strictSame(await left(), ['frame', 'manifest'])
    t.equal(warnings.length, 2, 'the id was noted')
  },
)

await t.test('nothing is removed at the start', async (t) => {
  const { parts, manifest, addImage, left } = await bench(t)
  await addImage('kept', manifest)
  const pauses: { ms: number; end: () => void }[] = []
  const wait = (ms: number, _: undefined, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', resolve)
      pauses.push({ ms, end: () => resolve(undefined) })
    })
  const housekeeping = startHousekeeping(parts, undefined, wait)
  await until(() => pauses.length === 1)
  t.equal(pauses[0]?.ms, 6 * 3600_000)
  t.strictSame(await left(), ['frame', 'manifest', 'orphan'])
  pauses[0]?.end()
  await until(() => pauses.length === 2)
  t.equal(pauses[1]?.ms, 24 * 3600_000)
  t.strictSame(await left(), ['frame', 'manifest'], 'and from then on once a day')
  await housekeeping[Symbol.asyncDispose]()
})

await t.test('the image of a run that is not over, or failed, is needed', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-1' } })
  t.strictSame(await manifestsOfOpenRuns(site.db), [])
  const agent = await bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' })
  await agent.action()
  t.strictSame(await manifestsOfOpenRuns(site.db), [DIGEST])
  await site.db.run.updateMany({ data: { state: 'FAILED' } })
  t.strictSame(await manifestsOfOpenRuns(site.db), [DIGEST])
  await site.db.instance.updateMany({ data: { endedAt: new Date() } })
  t.strictSame(await manifestsOfOpenRuns(site.db), [], 'nobody tries it again when another took its place')
  await site.db.instance.updateMany({ data: { endedAt: null } })
  await site.db.node.updateMany({ data: { state: 'DELETED' } })
  t.strictSame(await manifestsOfOpenRuns(site.db), [], 'nor that of a node that is gone')
  await site.db.node.updateMany({ data: { state: 'ONBOARDED' } })
  await site.db.run.updateMany({ data: { state: 'SUCCEEDED' } })
  t.strictSame(await manifestsOfOpenRuns(site.db), [])
})

await t.test('the chunks that a failed run would write stay, though its image was deleted', async (t) => {
  const { db, parts, manifest, addImage, left, store } = await bench(t)
  const other = await store.put(Buffer.from(String(await store.read(manifest)).replace('"zeros"', ' "zeros"')))
  await addImage('kept', other)
  const profile = await addDefaultProfile(db)
  const node = await db.node.create({
    data: {
      id: 'n',
      siteId: (await getSite(db)).id,
      name: 'n',
      registered: true,
      state: 'ONBOARDED',
      desiredState: 'ONBOARDED',
      status: { code: 'not-provisioned', slots: {} },
      statusIndicator: 'IDLE',
      instances: {
        create: {
          id: 'i',
          profileId: profile.id,
          state: 'FAILED',
          desiredState: 'RUNNING',
          status: { code: 'not-provisioned', slots: {} },
          statusIndicator: 'ERROR',
        },
      },
    },
  })
  const action = { id: 'write-image', name: 'write-image', position: 0, state: 'FAILED' }
  const definition = { with: { manifestSha256: manifest } }
  await db.run.create({
    data: {
      id: 'r',
      nodeId: node.id,
      instanceId: 'i',
      state: 'FAILED',
      actions: { create: { ...action, definition } },
    },
  })
  await tidy(parts)
  t.strictSame(await left(), ['frame', 'manifest'])
})
