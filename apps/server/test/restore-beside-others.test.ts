import { tarEnd, tarEntry } from '@eims/contracts'
import { openBlobStore } from '@eims/image'
import { registerServer } from '@eims/registry'
import t from 'tap'
import { restoreFrom } from '../src/backup/read.ts'
import { tarEntries } from '../src/backup/tar.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, type Site } from './support/site.ts'

// One promise: a registry is not replaced under the hands of another server that works on it.

const { fresh } = await startDatabases(t)
const other = { id: 'server-2', name: 'bench-2', urls: ['http://192.168.88.1:7480'], version: '0.1.0' }
const bearer = (site: Site) => ({ authorization: `Bearer ${site.keys.admin}` })

async function restore(site: Site, file: Buffer, query = '') {
  const response = await fetch(`${site.admin}/api/v1/restore${query}`, {
    method: 'POST',
    headers: { ...bearer(site), 'content-type': 'application/x-tar' },
    body: new Blob([new Uint8Array(file)]),
  })
  const { detail } = (await response.json()) as { detail?: string }
  return [response.status, detail]
}

const original = await openSite(t, await fresh(t))
await original.api('addNode', { body: { name: 'unit-1', serial: 'SN-1' } })
await registerServer(original.db, { ...other, id: 'server-3', name: 'former' })
const response = await fetch(`${original.admin}/api/v1/backup`, { headers: bearer(original) })
const file = Buffer.from(await response.arrayBuffer())

const refusal =
  'the server bench-2 (http://192.168.88.1:7480) works on this database too: stop it first and start it afterwards; one that was cut off counts for another minute'

await t.test('while another server is there nothing is restored, not by force either', async (t) => {
  const site = await openSite(t, await fresh(t))
  await registerServer(site.db, other)
  await registerServer(site.db, { ...other, id: 'server-1', name: 'this very one' })
  t.strictSame(await restore(site, file), [409, refusal])
  t.strictSame(await restore(site, file, '?force=true'), [409, refusal])
  t.equal(await site.db.node.count(), 0)
  await site.db.$executeRaw`update server set seen_at = seen_at - interval '61 seconds' where id = 'server-2'`
  t.strictSame(await restore(site, file), [200, undefined], 'one that was cut off a minute ago')
  t.strictSame(await site.db.server.findMany(), [], 'those that the backup names are none of this database')
})

await t.test('nor when it starts while the images of the backup come in', async (t) => {
  const registry = await fresh(t)
  const { db, dataDir } = await openSite(t, registry)
  const parts = { registry, store: await openBlobStore(dataDir), serverId: 'server-1' }
  async function* slowly() {
    for await (const { name, bytes } of tarEntries(chunks(file))) {
      yield Buffer.from(tarEntry(name, bytes, 0))
      await registerServer(db, other)
    }
    yield Buffer.from(tarEnd)
  }
  const restoring = (from: AsyncIterable<Buffer>) => restoreFrom(from, parts, { force: false, hold: true })
  await t.rejects(restoring(slowly()), { code: 'wrong-state', message: refusal })
  t.equal(await db.node.count(), 0)
  async function* neverMore() {
    for await (const { name, bytes } of tarEntries(chunks(file))) {
      yield Buffer.from(tarEntry(name, bytes, 0))
      await new Promise(() => {})
    }
  }
  await t.rejects(
    restoring(neverMore()),
    { code: 'wrong-state', message: refusal },
    'and when it is there already, the images are not waited for',
  )
})

async function* chunks(bytes: Buffer) {
  yield bytes
}
