import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createWire, type Socket } from 'node:net'
import { join } from 'node:path'
import { calm, httpChunks, verifiedChunks } from '@eims/agent'
import { ImageManifest } from '@eims/contracts'
import { until } from '@eims/lab'
import { ensureSiteCa, patchSite, type Registry, registerServer } from '@eims/registry'
import t, { type Test } from 'tap'
import { AMONG_SERVERS } from '../src/images/siblings.ts'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'
import { startDatabases } from './support/databases.ts'
import { type Agent, bootAgent } from './support/machine.ts'
import { MiB, sampleDisk, sha256 } from './support/sample-disk.ts'
import { openSite, type Site, settled } from './support/site.ts'

// One promise: with two servers on one database a machine gets its image of either, and waits while nobody has it.

const { fresh } = await startDatabases(t)
const SIZE = 22 * MiB + 512

/** A way to a server that can be cut and mended, at one address. */
async function wireTo(t: Test, base: string) {
  const sockets = new Set<Socket>()
  let up = true
  const server = createWire((near) => {
    if (!up) return near.destroy()
    const far = connect(Number(new URL(base).port), '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        near.destroy()
        far.destroy()
        sockets.delete(socket)
      })
    }
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const kill = () => {
    up = false
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    kill()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, kill, start: () => (up = true) }
}

const row = (id: string, urls: string[]) => ({ id, name: id, urls, version: '0.1.0' })

/** A server whose answers are ours; what it was asked for. */
async function stub(t: Test, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** Two servers on one database; the first has converted an image, and the default profile has it. */
async function openTwo(t: Test, more: { keepFree?: number } = {}) {
  const registry: Registry = await fresh(t)
  let passed = 0
  const siblings = { monotonic: () => performance.now() + passed }
  const [first, second] = [
    await openSite(t, registry, 'server-1', { siblings }),
    await openSite(t, registry, 'server-2', { siblings, ...more }),
  ]
  const path = join(first.dataDir, 'disk.raw')
  writeFileSync(path, sampleDisk(SIZE))
  const { id } = await first.api('addImage', { body: { name: 'debian', path } })
  const image = await settled(first, id)
  if (!image.manifestSha256) throw new Error(`not converted: ${image.reason?.text}`)
  await first.api('addProfile', { body: { name: 'debian', image: 'debian' } })
  await patchSite(registry.db, { defaultProfile: 'debian' })
  const bytes = await first.store.read(image.manifestSha256)
  const manifest = ImageManifest.parse(JSON.parse(bytes.toString('utf8')))
  const chunks = [...new Set(manifest.frames.map(({ sha256 }) => sha256))]
  return {
    db: registry.db,
    first,
    second,
    manifest: image.manifestSha256,
    chunks,
    pass: (seconds: number) => {
      passed += seconds * 1000
    },
  }
}

const get = (site: Pick<Site, 'open'>, digest: string, headers: Record<string, string> = {}) =>
  fetch(`${site.open}/blobs/${digest}`, { headers })

/** As far as the action that writes the image, or what it waits for. */
async function toImage(agent: Agent) {
  for (;;) {
    const reply = await agent.next()
    if (reply.kind !== 'action' || reply.action.name === 'write-image') return reply
    await agent.end(reply)
  }
}

await t.test('a server takes what it lacks of another one, verifies it and keeps it', async (t) => {
  const { db, first, second, manifest, chunks } = await openTwo(t)
  await registerServer(db, row('server-1', [first.open]))
  await registerServer(db, row('server-2', [second.open]))
  const agent = await bootAgent(second.open, { serial: 'SN-1' })
  t.match(await toImage(agent), { kind: 'action', action: { name: 'write-image' } })
  t.ok(await second.store.has(manifest), 'the manifest came before the machine asked for it')
  for (const digest of [manifest, ...chunks, ...chunks]) {
    const response = await get(second, digest)
    t.equal(sha256(Buffer.from(await response.arrayBuffer())), digest)
    t.match(response.headers.get('cache-control'), /immutable/)
    t.ok(await second.store.has(digest))
  }
})

await t.test('between servers nobody asks further, and nobody is asked for what no image needs', async (t) => {
  const { db, second, manifest } = await openTwo(t)
  const other = await stub(t, (_, response) => response.writeHead(404).end())
  await registerServer(db, row('server-3', [other.url, `${other.url}/`]))
  t.equal((await get(second, manifest, { [AMONG_SERVERS]: 'server-9' })).status, 404)
  t.strictSame(other.asked, [])
  const response = await get(second, manifest)
  t.equal(response.status, 503, 'a machine waits where a 404 would end its run')
  t.match(await response.json(), {
    code: 'busy',
    reason: { code: 'image-away', slots: { image: 'debian', servers: ['server-3'] } },
  })
  const count = other.asked.length
  t.ok(count > 0)
  for (let byte = 0; byte < 16; byte += 1)
    t.equal((await get(second, sha256(Buffer.of(byte)))).status, 404, 'no digest of ours')
  t.equal(other.asked.filter((url) => !url.endsWith(manifest)).length, 0)
})

await t.test('what another server sends damaged is neither served nor kept', async (t) => {
  const { db, second, manifest } = await openTwo(t)
  const other = await stub(t, (_, response) => response.end('something else'))
  await registerServer(db, row('server-3', [other.url]))
  t.equal((await get(second, manifest)).status, 503)
  t.notOk(await second.store.has(manifest))
})

await t.test('where the disk has no room it is handed on and not kept', async (t) => {
  const { db, first, second, manifest } = await openTwo(t, { keepFree: 2 ** 60 })
  await registerServer(db, row('server-1', [first.open]))
  const response = await get(second, manifest)
  t.equal(sha256(Buffer.from(await response.arrayBuffer())), manifest)
  t.notOk(await second.store.has(manifest))
})

await t.test('over TLS the other server is known by the site’s CA, and by no other', async (t) => {
  const names = { hosts: ['localhost'], addresses: ['127.0.0.1'] }
  const ca = await makeAuthority('the site', Date.now())
  for (const [signedBy, status] of [
    [ca, 200],
    [await makeAuthority('somebody', Date.now()), 503],
  ] as const) {
    const { db, first, second, manifest } = await openTwo(t)
    await ensureSiteCa(db, async () => ca)
    const leaf = await makeLeaf(signedBy, names, Date.now())
    const inUse = { current: () => leaf, attach: () => {} }
    const tls = await first.listen('open', '127.0.0.1', undefined, inUse)
    await registerServer(db, row('server-1', [tls]))
    t.equal((await get(second, manifest)).status, status)
  }
})

await t.test('killed in the middle: machines wait for what it had, and go on when it is back', async (t) => {
  const { db, first, second, manifest, chunks, pass } = await openTwo(t)
  const wire = await wireTo(t, first.open)
  await registerServer(db, row('server-1', [wire.url]))
  await registerServer(db, row('server-2', [second.open]))
  const writing = await bootAgent(second.open, { serial: 'SN-1' })
  t.match(await toImage(writing), { kind: 'action' })
  const said: string[] = []
  const backOff = { ...calm, first: 5, cap: 20 }
  const fetchChunk = verifiedChunks([httpChunks(second.open, () => null)], backOff, (text) => said.push(text))
  const signal = new AbortController().signal
  await fetchChunk(manifest, 8 * MiB, signal)
  // One that was asked for came when it was looked whether the image can be had.
  const left: string[] = []
  for (const digest of chunks) if (!(await second.store.has(digest))) left.push(digest)
  t.ok(left.length > 0)

  wire.kill()
  const rest = Promise.all(left.map((digest) => fetchChunk(digest, 8 * MiB, signal)))
  await until(() => said.some((text) => /is away .*503/.test(text)))
  pass(120)
  const waiting = await bootAgent(second.open, { serial: 'SN-2' })
  const away = { code: 'image-away', slots: { image: 'debian', servers: ['server-1'] } }
  t.match(await toImage(waiting), { kind: 'wait', reason: away })
  const params = { id: 'SN-2' }
  const { run, waiting: shown } = await second.api('getNode', { params })
  t.match(shown, away)
  t.match((await first.api('listNodes', { query: { filter: 'waiting = image-away' } })).items, [{ serial: 'SN-2' }])
  const explained = await first.api('diagnosis', { query: { node: 'SN-2' } })
  t.match(explained, {
    verdict: 'waiting',
    symptom: 'waits-in-micro-os',
    summary: /image debian is not on this server/,
  })
  t.match(explained.remedy, [/^It goes on by itself .*nodes cancel/])
  t.match(run, { state: 'RUNNING', reason: null }, 'it is held and has not failed')
  t.match(run?.actions[2], { name: 'write-image', state: 'PENDING', attempts: 0 })
  const { events } = await second.api('nodeTimeline', { params: { id: 'SN-2' } })
  t.equal(events.filter(({ message }) => message.startsWith('waits: the image debian is not on this server')).length, 1)

  wire.start()
  await registerServer(db, row('server-1', [wire.url]))
  pass(120)
  t.match(await rest.then((each) => each.map(sha256)), left, 'the machine that was writing goes on')
  t.match(await toImage(waiting), { kind: 'action', action: { name: 'write-image' } })
  t.match(await second.api('getNode', { params }), { waiting: null })
  t.equal((await first.api('listNodes', { query: { filter: 'waiting = image-away' } })).total, 0)
})

await t.test('a machine that asks no more waits for no image after a minute', async (t) => {
  const { db, second } = await openTwo(t)
  t.match(await toImage(await bootAgent(second.open, { serial: 'SN-1' })), { kind: 'wait' })
  const params = { id: 'SN-1' }
  t.match(await second.api('getNode', { params }), { waiting: { code: 'image-away' } })
  await db.$executeRaw`update run set away = jsonb_set(away, '{at}', to_jsonb(clock_timestamp() - interval '61 seconds'))`
  t.match(await second.api('getNode', { params }), { waiting: null })
})

await t.test('servers that do not answer hold up a look only so long, and the next one asks the others', async (t) => {
  const { db, first, second, manifest, pass } = await openTwo(t)
  const silent = await stub(t, () => {})
  const urls = ['a', 'b', 'c'].map((path) => `${silent.url}/${path}`)
  // Behind all that are silent, in the one list whose order is ours.
  await registerServer(db, row('server-1', [...urls, first.open]))
  t.equal((await get(second, manifest)).status, 503)
  await until(async () => {
    pass(6)
    return (await get(second, manifest)).status === 200
  })
})
