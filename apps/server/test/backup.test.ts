import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type BackupHead, ImageManifest, type RestoreReport, tarEnd, tarEntry } from '@eims/contracts'
import { openBlobStore } from '@eims/image'
import t, { type Test } from 'tap'
import { tarEntries } from '../src/backup/tar.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun } from './support/machine.ts'
import { sampleDisk } from './support/sample-disk.ts'
import { openSite, type Site, settled } from './support/site.ts'

// One promise: a backup made while the service works holds everything; restored, everything is there again; and what is
// wrong with a file changes nothing.

const { fresh } = await startDatabases(t)
const folder = mkdtempSync(join(tmpdir(), 'eims-backup-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

async function backup(site: Site, query = ''): Promise<Buffer> {
  const response = await fetch(`${site.admin}/api/v1/backup${query}`, { headers: bearer(site.keys.admin) })
  if (response.headers.get('content-type') !== 'application/x-tar') throw new Error(await response.text())
  return Buffer.from(await response.arrayBuffer())
}

async function restore(site: Site, file: Buffer, query = '', key = site.keys.admin) {
  const response = await fetch(`${site.admin}/api/v1/restore${query}`, {
    method: 'POST',
    headers: { ...bearer(key), 'content-type': 'application/x-tar' },
    body: new Blob([new Uint8Array(file)]),
  })
  return { status: response.status, reply: (await response.json()) as RestoreReport & { code: string; detail: string } }
}

/** Every row of every table as text, by table. */
async function everything({ db }: Pick<Site, 'db'>, without: string[] = []): Promise<Record<string, string[]>> {
  const tables = await db.$queryRaw<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`
  const all: Record<string, string[]> = {}
  for (const { name } of tables.filter(({ name }) => !['_prisma_migrations', 'audit', ...without].includes(name))) {
    const rows = await db.$queryRawUnsafe<{ row: string }[]>(`select t::text as row from "${name}" t order by 1`)
    all[name] = rows.map(({ row }) => row)
  }
  return all
}

/** A site with a converted image and machines that are finished, under way, and registered. */
async function livedIn(t: Test): Promise<Site> {
  const site = await openSite(t, await fresh(t))
  const { api } = site
  const file = join(site.dataDir, 'disk.raw')
  writeFileSync(file, sampleDisk())
  await api('addImage', { body: { name: 'debian', path: file } })
  await settled(site, 'debian')
  await api('addProfile', {
    body: { name: 'standard', image: 'debian', cloudConfig: '#cloud-config\n# [tabs\t, "back\\\\slash"]\n' },
  })
  await api('patchSite', { body: { defaultProfile: 'standard' } })
  await api('addSecret', { body: { name: 'tls', values: { key: 'value\t\\\n' } } })
  for (const serial of ['SN-1', 'SN-2', 'SN-3']) await api('addNode', { body: { serial } })
  await finishRun(await bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' }))
  const agent = await bootAgent(site.open, { serial: 'SN-2', mac: '52:54:00:aa:00:02' })
  await agent.end(await agent.action())
  await agent.action()
  await site.engine.sink.flush()
  return site
}

const original = await livedIn(t)
const file = await backup(original)
const stateOf = async (site: Site, id: string) => {
  const { instance, hold, run } = await site.api('getNode', { params: { id } })
  return [instance?.state ?? null, run?.state ?? null, hold]
}

await t.test('into an empty registry: every row, every piece of the images, every number', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.db.$queryRaw`select setval('event_id_seq', 900)`
  const { status, reply } = await restore(site, file, '?hold=false')
  t.equal(status, 200)
  t.match(reply, { site: 'default', held: 0, endedRuns: 0, lacking: 0, migrations: [] })
  const { id: told } = await site.db.event.findFirstOrThrow({ where: { kind: 'registry.restored' } })
  t.equal(told, 901n, 'whoever followed the events until 900 hears of it')
  await site.db.event.delete({ where: { id: told } })
  const { id: subject, name: subjectName } = await site.db.site.findFirstOrThrow()
  t.match(await site.db.audit.findMany({ where: { action: { startsWith: 'registry.' } }, orderBy: { id: 'asc' } }), [
    { action: 'registry.backup', subject, subjectName },
    { action: 'registry.restore', subject, subjectName },
  ])
  const [here, there] = await Promise.all([everything(site, ['credential']), everything(original, ['credential'])])
  t.strictSame(here, there)
  t.ok(reply.rows >= Object.values(here).flat().length)
  const keys = await site.db.credential.findMany({ where: { kind: 'key' }, select: { name: true } })
  t.strictSame(keys.map(({ name }) => name).sort(), ['admin', 'board', 'operator', 'viewer'], 'the keys of the backup')
  t.equal((await fetch(`${site.admin}/api/v1/nodes`, { headers: bearer(original.keys.viewer) })).status, 200)
  t.equal((await fetch(`${site.admin}/api/v1/nodes`, { headers: bearer(site.keys.viewer) })).status, 401)

  const store = await openBlobStore(site.dataDir)
  const image = await site.db.image.findFirstOrThrow()
  const manifest = ImageManifest.parse(JSON.parse((await store.read(image.manifestSha256!)).toString()))
  for (const { sha256 } of manifest.frames) await store.read(sha256)
  t.equal(reply.blobs, new Set(manifest.frames.map(({ sha256 }) => sha256)).size + 1)
  t.equal(await readFile(join(store.directory, 'site'), 'utf8'), `${(await site.db.site.findFirstOrThrow()).id}\n`)
  const before = (await site.db.event.aggregate({ _max: { id: true } }))._max.id!
  const [{ id }] = (await site.db.$queryRaw`select nextval('event_id_seq') as id`) as [{ id: bigint }]
  t.ok(id > before, 'the next event gets a number of its own')
})

await t.test('what a machine would be written for waits for a person', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { reply } = await restore(site, file)
  t.match(reply, { held: 1, endedRuns: 1 })
  const api = site.client(site.admin, original.keys.admin)
  const restored = { ...site, api }
  t.strictSame(await stateOf(restored, 'SN-1'), ['PROVISIONED', 'SUCCEEDED', null])
  const [instance, run] = await stateOf(restored, 'SN-2')
  t.strictSame([instance, run], ['FAILED', 'CANCELLED'])
  t.match(await stateOf(restored, 'SN-3'), [
    null,
    null,
    /^the registry was restored from a backup of 20.* release the machine/,
  ])
  t.match(
    await api('retryNode', { params: { id: 'SN-2' }, body: {} }),
    { run: { state: 'PENDING' } },
    'which goes on when asked',
  )
})

await t.test('a copy tells no receiver unless somebody says that it is the site', async (t) => {
  const copied = await openSite(t, await fresh(t))
  await copied.api('addWebhook', { body: { name: 'mes', url: 'https://mes.example/', kinds: ['batch.deleted'] } })
  await copied.db.$executeRaw`update webhook set failing_since = clock_timestamp() - interval '9 days'`
  const file = await backup(copied)
  for (const [query, disabled] of [
    ['', 1],
    ['?hold=false', 0],
  ] as const) {
    const site = await openSite(t, await fresh(t))
    t.match(await restore(site, file, query), { status: 200, reply: { disabledWebhooks: disabled } })
    t.match(await site.client(site.admin, copied.keys.admin)('getWebhook', { params: { id: 'mes' } }), {
      enabled: disabled === 0,
      failingSince: null,
      disabledWhy: disabled === 0 ? null : /^the registry was restored from a backup of 20/,
    })
  }
})

await t.test('a registry that is not empty is replaced only when that is asked for', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addNode', { body: { serial: 'SN-9' } })
  const before = await everything(site)
  const { status, reply } = await restore(site, file)
  t.match([status, reply], [409, { code: 'wrong-state', detail: /^the registry is not empty \(1 node\)/ }])
  t.strictSame(await everything(site), before)
  t.equal((await restore(site, file, '?force=true')).status, 200)
  t.strictSame(
    (await site.db.node.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name),
    ['node-sn-1', 'node-sn-2', 'node-sn-3'],
  )
})

await t.test('a file that is damaged, cut off or newer changes nothing', async (t) => {
  const site = await openSite(t, await fresh(t))
  const before = await everything(site, ['credential'])
  const parts: { name: string; bytes: Buffer }[] = []
  for await (const entry of tarEntries(Readable.from([file]))) parts.push(entry)
  const with_ = (change: (name: string, bytes: Buffer) => Buffer | null) =>
    Buffer.concat([
      ...parts.flatMap(({ name, bytes }) => {
        const changed = change(name, bytes)
        return changed ? [tarEntry(name, changed, 0)] : []
      }),
      tarEnd,
    ])
  const only = (wanted: string, change: (text: string) => string) =>
    with_((name, bytes) => (name === wanted ? Buffer.from(change(bytes.toString())) : bytes))
  const head = (change: (head: BackupHead) => void) =>
    only('eims-backup.json', (text) => {
      const value = JSON.parse(text) as BackupHead
      change(value)
      return JSON.stringify(value)
    })
  const blob = parts.find(({ name }) => name.startsWith('blobs/'))!.name
  const refused: [string, Buffer, number, RegExp][] = [
    ['cut off', file.subarray(0, file.length * 0.7), 422, /was cut off .*truncated/],
    ['without its end', with_((name, bytes) => (name === 'end.json' ? null : bytes)), 422, /its end is missing/],
    [
      'a changed row',
      only('tables/node/1', (text) => text.replace('node-sn-1', 'node-sn-7')),
      422,
      /table node is damaged/,
    ],
    [
      'a missing table',
      with_((name, bytes) => (name.startsWith('tables/event/') ? null : bytes)),
      422,
      /table event is damaged/,
    ],
    ['a broken row', only('tables/node/1', (text) => text.replace('\t', '')), 422, /^the backup cannot be used: /],
    ['a changed chunk', only(blob, (text) => `${text}x`), 422, /a piece of an image is damaged/],
    ['a missing chunk', with_((name, bytes) => (name === blob ? null : bytes)), 422, /pieces of images came/],
    ['another file', Buffer.from('PK'.repeat(5000)), 422, /no tar archive/],
    ['nothing', Buffer.alloc(0), 422, /was cut off .*truncated|send the backup/],
    [
      'newer',
      head(({ schema }) => schema.migrations.push({ name: '9999_x', checksum: 'a'.repeat(64) })),
      409,
      /made by a newer one/,
    ],
    [
      'changed migration',
      head(({ schema }) => schema.migrations.splice(0, 1, { ...schema.migrations[0]!, checksum: 'a'.repeat(64) })),
      409,
      /another migration/,
    ],
    ['a strange column', head(({ schema }) => schema.tables.node!.push('x')), 409, /column x that eims does not/],
    [
      'a strange name',
      head(({ schema }) => (schema.tables['node"; drop'] = ['id'])),
      422,
      /eims-backup.json is damaged/,
    ],
  ]
  for (const [what, bytes, status, detail] of refused)
    t.match(await restore(site, bytes), { status, reply: { detail } }, what)
  t.strictSame(await everything(site, ['credential']), before)
  t.equal((await restore(site, file, '', site.keys.operator)).status, 403)
  t.equal((await restore(site, file)).status, 200, 'and the whole one still goes in')
})

await t.test('without the images, and with one that the disk has lost', async (t) => {
  const lean = await backup(original, '?images=false')
  t.ok(lean.length < 1_000_000)
  const site = await openSite(t, await fresh(t))
  t.match((await restore(site, lean)).reply, { blobs: 0, lacking: 0 })
  const { manifestSha256 } = await original.db.image.findFirstOrThrow()
  await unlink((await openBlobStore(original.dataDir)).path(manifestSha256!))
  const poor = await openSite(t, await fresh(t))
  t.match((await restore(poor, await backup(original))).reply, { blobs: 0, lacking: 1 })
})

await t.test('rows that change while it is made', async (t) => {
  const site = await openSite(t, await fresh(t))
  let going = true
  const writing = (async () => {
    for (let n = 0; going; n++) await site.api('addNode', { body: { serial: `W-${n}`, macs: [macOf(n)] } })
  })()
  const files: Buffer[] = []
  for (let round = 0; round < 3; round++) files.push(await backup(site))
  going = false
  await writing
  for (const each of files) {
    const copy = await openSite(t, await fresh(t))
    t.equal((await restore(copy, each)).status, 200)
    const [nodes, identifiers] = [await copy.db.node.count(), await copy.db.nodeIdentifier.count()]
    t.equal(identifiers, nodes * 2, `${nodes} nodes, each with its serial and its MAC`)
  }
})

function macOf(n: number): string {
  const digits = createHash('sha256').update(`${n}`).digest('hex')
  return `52:54:00:${digits.slice(0, 6).replace(/(..)(..)(..)/, '$1:$2:$3')}`
}
