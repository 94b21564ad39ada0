import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SmallDisk, until } from '@eims/lab'
import { ensureSite, migrate, openRegistry, reserveLogRoom, startEmbeddedPostgres } from '@eims/registry'
import t, { type Test } from 'tap'
import { importCsv } from './support/csv.ts'
import { bootAgent, bootScript, finishRun } from './support/machine.ts'
import { MiB, noise, sampleDisk, sha256 } from './support/sample-disk.ts'
import { addDefaultProfile, openSite, settled } from './support/site.ts'

// One promise: a full disk is told as what it is, what needs no room goes on, and when there is room again everything
// does, with nothing lost that was acknowledged. The whole service on such a disk: test/faults/full-disk.test.ts.

const MB = 1e6
/** what images leave free */
const KEPT = 64 * MB
const full = { code: 'disk-full' } as const

async function bench(t: Test) {
  const disk = await SmallDisk.create(400)
  t.teardown(() => disk[Symbol.asyncDispose]())
  const dataDir = join(disk.folder, 'postgres')
  const postgres = await startEmbeddedPostgres({ dataDir })
  t.teardown(() => postgres.stop())
  await migrate({ url: postgres.url })
  t.ok((await reserveLogRoom(postgres.url)) > 0)
  t.equal(await reserveLogRoom(postgres.url), 0, 'it is there now')
  const registry = openRegistry({ url: postgres.url })
  t.teardown(() => registry.close())
  await ensureSite(registry.db)
  mkdirSync(join(disk.folder, 'temp'))
  const site = await openSite(t, registry, 'server-1', { dataDir: disk.folder, keepFree: KEPT })
  let isAlive = true
  void postgres.ended.then(() => {
    isAlive = false
  })
  return { disk, dataDir, postgres, registry, site, isAlive: () => isAlive }
}

/** Does it again and again until it is refused; what was acknowledged before that. */
async function untilFull<T>(t: Test, what: string, work: (time: number) => Promise<T>): Promise<T[]> {
  const acknowledged: T[] = []
  for (let time = 0; time < 2000; time += 1) {
    try {
      acknowledged.push(await work(time))
    } catch (error) {
      t.match(error, full, what)
      return acknowledged
    }
  }
  t.fail(`${what} was never refused`)
  return acknowledged
}

/** A body whose first mebibyte comes at once, and the rest when it is told to. */
function inTwo(bytes: Buffer) {
  const go = Promise.withResolvers<void>()
  const rest = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>({
    async start(out) {
      out.enqueue(bytes.subarray(0, MiB))
      go.resolve()
      await rest.promise
      for (let at = MiB; at < bytes.length; at += MiB) out.enqueue(bytes.subarray(at, at + MiB))
      out.close()
    },
  })
  return { body, begun: go.promise, goOn: () => rest.resolve() }
}

const conversions = ({ folder }: SmallDisk) =>
  readdirSync(join(folder, 'temp')).filter((name) => name.startsWith('image-'))
const received = (disk: SmallDisk) =>
  conversions(disk).reduce(
    (sum, name) => sum + (statSync(join(disk.folder, 'temp', name, 'upload'), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )

await t.test('images leave to the registry what is kept for it, and say what they lack', async (t) => {
  const { disk, site } = await bench(t)
  const bytes = sampleDisk(10 * MiB)
  const { api } = site
  disk.fill(KEPT + 20 * MB)
  const says =
    /^the image needs 67\.1 MB in \S+\/blobs; 84(\.\d)? MB are free there, of which 64 MB are kept for the registry$/
  const path = join(t.testdir({ 'disk.raw': bytes }), 'disk.raw')
  const url = 'http://images.example/disk.raw'
  const rawBody = new Uint8Array(bytes)
  await t.rejects(api('addImage', { body: { name: 'by-path', path } }), { ...full, message: says })
  await t.rejects(api('addImage', { body: { name: 'by-url', url, sha256: sha256(bytes) } }), { ...full, message: says })
  await t.rejects(api('uploadImage', { query: { name: 'sent' } }, { rawBody }), { ...full, message: says })
  const reply = await fetch(`${site.admin}/api/v1/images`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.keys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'by-path', path }),
  })
  t.equal(reply.status, 507)
  t.match(await reply.json(), { ...full, remedy: /Make room/ })
  t.equal(await site.db.image.count(), 0)
  await api('addNode', { body: { serial: 'SN-1' } })
  disk.empty()
  t.match(await api('uploadImage', { query: { name: 'sent' } }, { rawBody }), { state: 'ready' })
})

await t.test('a conversion stops with that reason when others fill the disk meanwhile', async (t) => {
  const { disk, site } = await bench(t)
  for (const [leave, size, says] of [
    // its rest is on its way when it is refused: the connection carries what comes next
    [KEPT + 70 * MB, 66 * MiB, /^the image file needs \d+(\.\d)? MB in .* are kept for the registry$/],
    [0, 20 * MiB, /is full/],
  ] as const) {
    const { body, begun, goOn } = inTwo(noise(size))
    const sending = site.api('uploadImage', { query: { name: 'sent' } }, { rawBody: body })
    await begun
    await until(() => received(disk) > 0)
    disk.fill(leave)
    goOn()
    await t.rejects(sending, { ...full, message: says })
    t.strictSame(conversions(disk), [])
    disk.empty()
  }

  const asked = Promise.withResolvers<ServerResponse>()
  const bytes = noise(20 * MiB)
  const server = createServer((_, reply) => asked.resolve(reply)).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/disk.raw`
  const { id } = await site.api('addImage', { body: { name: 'fetched', url, sha256: sha256(bytes) } })
  const reply = await asked.promise
  disk.fill(0)
  await untilFull(t, 'a node', (time) => site.api('addNode', { body: { serial: `SN-${time}` } }))
  reply.end(bytes)
  await until(() => conversions(disk).length === 0)
  disk.empty()
  t.match(
    await settled(site, id),
    { state: 'failed', reason: { text: /0 bytes are free there/ } },
    'noted as soon as there is room',
  )
})

await t.test('on a full disk what needs no room goes on, the rest is 507, and then all goes on', async (t) => {
  const { disk, dataDir, postgres, registry, site, isAlive } = await bench(t)
  const { api, db } = site
  await addDefaultProfile(db)
  const bytes = sampleDisk(10 * MiB)
  const { manifestSha256 } = await api('uploadImage', { query: { name: 'kept' } }, { rawBody: new Uint8Array(bytes) })
  const [done, working] = [{ serial: 'SN-done' }, { serial: 'SN-working' }]
  await finishRun(await bootAgent(site.open, done))
  const agent = await bootAgent(site.open, working)
  const action = await agent.action()
  const local = await bootScript(site.open, done)

  const idle = await bootAgent(site.open, { serial: 'SN-idle' })
  await idle.action()
  await api('cancelNode', { params: { id: 'SN-idle' } })
  await db.$executeRaw`update node set last_seen_at = now() - interval '1 hour'`
  await db.$executeRaw`update credential set used_at = now() - interval '1 hour'`
  disk.fill(0)
  const kept = (await untilFull(t, 'a node', (n) => api('addNode', { body: { serial: `SN-${n}` } }))).map(
    ({ id }) => id,
  )
  const batches = await untilFull(t, 'a batch', (n) => api('addBatch', { body: { name: `b-${n}` } }))
  await t.rejects(importCsv(site, `Serial\n${'SN-csv\n'.repeat(5000)}`), full, 'an import')
  await t.rejects(api('uploadImage', { query: { name: 'x' } }, { rawBody: new Uint8Array(bytes) }), full, 'an upload')
  const backup = async () => {
    const headers = { authorization: `Bearer ${site.keys.admin}` }
    const reply = await fetch(`${site.admin}/api/v1/backup?images=false`, { headers })
    const text = await reply.text()
    if (reply.status !== 200) throw JSON.parse(text)
  }
  await untilFull(t, 'a backup', backup)
  const log = [{ at: new Date(0).toISOString(), stream: 'stdout' as const, text: 'x'.repeat(4000) }]
  const { runId, attempt } = action
  await untilFull(t, 'a report', (n) =>
    agent.call('report', {
      body: { runId, actionId: action.action.id, attempt, seq: n + 1, state: 'RUNNING', log },
    }),
  )
  await untilFull(t, 'the boot of a machine that is to be installed', async (n) => {
    const script = await bootScript(site.open, { serial: `SN-new-${n}` })
    if (/the disk of the server is full, so nothing is installed/.test(script)) throw full
    t.match(script, /^kernel/m)
  })
  t.equal(site.engine.listening.since, null, 'leases begin anew when there is room')

  t.equal(await bootScript(site.open, done), local, 'a machine that is finished boots its disk')
  t.ok((await api('listNodes', {})).total >= kept.length, 'a key that is used is not noted, and opens')
  const { kind } = await idle.next()
  t.equal(kind, 'done', 'an agent that waits is answered, though it cannot be noted')
  t.equal((await fetch(`${site.open}/healthz`)).status, 200)
  const blob = await fetch(`${site.open}/blobs/${manifestSha256}`)
  t.equal(sha256(Buffer.from(await blob.arrayBuffer())), manifestSha256)

  // Its log goes on into the files that were reserved, and gets them back.
  for (let segments = 0; segments < 12; segments += 1) {
    await db.$queryRaw`select pg_switch_wal()::text`
    await db.$executeRaw`update server set seen_at = now()`.catch((error) => t.match(error, { code: /^P20/ }))
    await db.$executeRaw`select pg_logical_emit_message(true, 'test', 'x')`
    if (segments % 3 === 2) await db.$executeRawUnsafe('checkpoint')
  }
  t.ok(isAlive(), 'PostgreSQL did not end over it')
  t.notMatch(readFileSync(join(dataDir, 'postgres.log'), 'utf8'), /PANIC/)

  disk.empty()
  await api('addNode', { body: { serial: 'SN-after' } })
  await backup()
  t.equal((await importCsv(site, 'Serial\nSN-csv\n')).created, 1)
  t.match(await api('uploadImage', { query: { name: 'x' } }, { rawBody: new Uint8Array(bytes) }), { state: 'ready' })
  const again = await agent.action()
  t.match(again, { runId, action: { name: action.action.name } })
  await finishRun(agent)
  t.match(await api('getNode', { params: { id: 'SN-working' } }), { instance: { state: 'PROVISIONED' } })
  t.match(await bootScript(site.open, { serial: 'SN-new-0' }), /^kernel/m)

  process.kill(postgres.pid, 'SIGQUIT')
  await postgres.ended
  await postgres.stop()
  await using _ = await startEmbeddedPostgres({ dataDir })
  const found = await registry.db.node.findMany({ where: { id: { in: kept } } })
  t.equal(found.length, kept.length, 'every node that was acknowledged is there')
  t.equal(await registry.db.batch.count({ where: { name: { startsWith: 'b-' } } }), batches.length)
  t.ok(existsSync(dataDir))
  await registry.close()
})
