import { type Route, routes } from '@eims/contracts'
import type { Registry } from '@eims/registry'
import t from 'tap'
import { isAnsweredOnce } from '../src/http/headers.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)

async function post(
  site: Pick<Site, 'admin' | 'keys'>,
  path: string,
  key: string | null,
  body: object,
  role: 'admin' | 'operator' = 'admin',
) {
  const response = await fetch(new URL(path, site.admin), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${site.keys[role]}`,
      'content-type': 'application/json',
      ...(key === null ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    replayed: response.headers.get('idempotency-replayed'),
    retryAfter: response.headers.get('retry-after'),
    etag: response.headers.get('etag'),
    reply: (await response.json()) as { id?: string; key?: string },
  }
}
const nodes = '/api/v1/nodes'

await t.test('the same request is done once and answered alike', async (t) => {
  const site = await openSite(t, await fresh(t))
  const body = { name: 'one', serial: 'SN-1' }
  const first = await post(site, nodes, 'k1', body)
  t.match(first, { status: 201, replayed: null, reply: { name: 'one' } })
  await site.api('patchNode', { params: { id: 'one' }, body: { name: 'renamed' } })
  t.strictSame(await post(site, nodes, 'k1', body), { ...first, replayed: 'true' }, 'as it was, though it has changed')
  t.match(await post(site, nodes, null, body), { status: 409, reply: { code: 'already-exists' } })
  t.match(await post(site, nodes, 'k1', { ...body, serial: 'SN-2' }), {
    status: 422,
    reply: { code: 'idempotency-mismatch' },
  })
  t.match(await post(site, '/api/v1/batches', 'k1', { name: 'lot' }), { status: 201 }, 'elsewhere it is another one')
  t.match(
    await post(site, nodes, 'k1', { serial: 'SN-3' }, 'operator'),
    { status: 201 },
    'and so it is with another key',
  )
  t.equal((await site.api('listNodes', {})).total, 2)
})

await t.test('of many at the same time, on two servers, one does it', async (t) => {
  const registry: Registry = await fresh(t)
  const [one, two] = [await openSite(t, registry, 'server-1'), await openSite(t, registry, 'server-2')]
  const body = { serial: 'SN-1' }
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) => post({ ...[one, two][i % 2]!, keys: one.keys }, nodes, 'k', body)),
  )
  const made = replies.filter(({ status }) => status === 201)
  const busy = replies.filter(({ status }) => status === 409)
  t.equal(made.length + busy.length, 20)
  t.equal(made.filter(({ replayed }) => replayed === null).length, 1)
  t.equal(new Set(made.map(({ reply }) => reply.id)).size, 1)
  for (const { reply, retryAfter } of busy)
    t.match({ reply, retryAfter }, { reply: { code: 'idempotency-busy' }, retryAfter: '1' })
  t.match(await post(one, nodes, 'k', body), { status: 201, replayed: 'true' })
})

await t.test('a request that failed may be sent again', async (t) => {
  const site = await openSite(t, await fresh(t))
  const body = { serial: 'SN-1', profile: 'debian' }
  t.match(await post(site, nodes, 'k', body), { status: 400 })
  t.match(await post(site, nodes, 'k', { serial: 'SN-1' }), { status: 201, replayed: null })
})

await t.test('a key is shown once, whatever is asked', async (t) => {
  const site = await openSite(t, await fresh(t))
  const body = { name: 'ci', role: 'viewer' }
  const { reply } = await post(site, '/api/v1/keys', 'k', body)
  t.match(reply, { key: /^eims_/ })
  const again = await post(site, '/api/v1/keys', 'k', body)
  t.match(again, { status: 409, reply: { code: 'already-exists' } })
  const kept = await site.db.$queryRaw<{ text: string }[]>`select idempotency::text as text from idempotency`
  t.notOk(kept.some(({ text }) => text.includes(reply.key!)))
})

await t.test('it is kept for a day; one that a server died over, for a quarter of an hour', async (t) => {
  const site = await openSite(t, await fresh(t))
  await post(site, '/api/v1/batches', 'k', { name: 'lot' })
  const older = (interval: string) =>
    site.db.$executeRaw`update idempotency set created_at = created_at - ${interval}::interval`
  await older('23 hours')
  t.match(await post(site, '/api/v1/batches', 'k', { name: 'lot' }), { status: 201, replayed: 'true' })
  await older('61 minutes')
  t.match(await post(site, '/api/v1/batches', 'k', { name: 'lot2' }), { status: 201, replayed: null })
  t.equal(await site.db.idempotency.count(), 1, 'the old one is forgotten')

  await site.db.$executeRaw`update idempotency set status = null, reply = null`
  t.match(await post(site, '/api/v1/batches', 'k', { name: 'lot2' }), {
    status: 409,
    reply: { code: 'idempotency-busy' },
  })
  await older('16 minutes')
  t.match(await post(site, '/api/v1/batches', 'k', { name: 'lot3' }), { status: 201 })
})

await t.test('a key that is none', async (t) => {
  const site = await openSite(t, await fresh(t))
  for (const key of ['', 'a b', 'x'.repeat(256)])
    t.match(await post(site, nodes, key, { serial: 'SN-1' }), {
      status: 400,
      reply: { code: 'invalid-input', fields: [{ path: 'headers.idempotency-key' }] },
    })
  t.equal((await site.api('listNodes', {})).total, 0)
})

void t.test('which routes heed it', (t) => {
  const heeding = (Object.entries(routes) as [string, Route][]).filter(([, route]) => isAnsweredOnce(route))
  for (const [name, route] of Object.entries(routes) as [string, Route][])
    if (route.listener === 'admin' && route.method === 'POST' && route.status === 201)
      t.ok(
        heeding.some(([each]) => each === name),
        name,
      )
  t.end()
})
