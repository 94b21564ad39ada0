import { type Route, routes } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import { lockIdentity, lockNode, normaliseIdentity } from '@eims/registry'
import t from 'tap'
import { aTemplate } from './support/a-template.ts'
import { addonArchive, anObject } from './support/addon-archive.ts'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** One of each thing, and how it is changed. */
async function oneOfEach(site: Site) {
  await addProfile(site.db, 'debian')
  await addProfile(site.db, 'other')
  await site.api('addBatch', { body: { name: 'lot' } })
  await site.api('addWorkflow', { body: { name: 'flow', text: aTemplate() } })
  const bytes = addonArchive({ 'manifests/a.yaml': anObject('a') })
  const { done } = await site.jobs.start({ name: 'of-set', architecture: 'x86_64', format: 'addons' }, only(bytes))
  await done
  await site.api('addAddon', { body: { name: 'set', image: 'of-set' } })
  await site.api('addAccount', { body: { name: 'ops', userName: 'edge' } })
  await site.api('addSecret', { body: { name: 'tls', values: { key: 'value' } } })
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  await site.api('addKey', { body: { name: 'ci', role: 'viewer' } })
  await site.api('addWebhook', { body: { name: 'mes', url: 'https://mes.example/', enabled: false } })
  await site.api('deleteProfile', { params: { id: 'other' } })
  const ids: Record<string, string> = {
    images: 'other-image',
    profiles: 'debian',
    batches: 'lot',
    workflows: 'flow',
    addons: 'set',
    accounts: 'ops',
    secrets: 'tls',
    nodes: 'one',
    keys: 'ci',
    webhooks: 'mes',
  }
  const bodies: Record<string, object> = {
    patchImage: { k3sVersion: 'v1.33.5+k3s1' },
    patchSite: { ntpServers: ['ntp.example.org'] },
    putProfile: { name: 'debian', image: 'debian-image', kernelArgs: 'quiet' },
    putWorkflow: { name: 'flow', text: aTemplate('other') },
    putAddon: { name: 'set', image: 'of-set', note: 'changed' },
    putBatch: { name: 'lot', note: 'changed' },
    putAccount: { name: 'ops', userName: 'edge2' },
    patchSecret: { values: { key: 'another' } },
    patchWebhook: { kinds: ['run.*'] },
    patchNode: { metadata: { rack: '7' } },
  }
  return (name: string, route: Route) => ({
    url: new URL(route.path.replace(':id', ids[route.path.split('/')[3]!] ?? 'x'), site.admin),
    body: bodies[name],
  })
}

const call = (site: Site, url: URL, method: string, headers: Record<string, string> = {}, body?: object) =>
  fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${site.keys.admin}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })

/** A file on its way is nothing of the registry's; its offset says what nobody else may have changed. A browser's session is its own. */
const isFile = (path: string) => path.startsWith('/api/v1/image-uploads/') || path === '/api/v1/session'

const changing = (Object.entries(routes) as [string, Route][]).filter(
  ([, { listener, method, path }]) =>
    listener === 'admin' && ['PUT', 'PATCH', 'DELETE'].includes(method) && !isFile(path),
)

await t.test('every change of a thing heeds If-Match', async (t) => {
  const site = await openSite(t, await fresh(t))
  const of = await oneOfEach(site)
  t.ok(changing.length >= 11)
  for (const [name, route] of changing.toSorted(([, a], [, b]) => b.method.localeCompare(a.method))) {
    const { url, body } = of(name, route)
    if (route.body) t.ok(body, `this test has a change for ${name}`)
    const before = await call(site, url, 'GET')
    const etag = before.headers.get('etag') ?? ''
    t.match(etag, /^"[\w-]{22}"$/, `${name}: GET gives an ETag`)
    for (const wrong of ['"nonsense"', `W/${etag}`]) {
      const refused = await call(site, url, route.method, { 'if-match': wrong }, body)
      t.match(
        { status: refused.status, problem: await refused.json() },
        { status: 412, problem: { code: 'precondition-failed' } },
        `${name}: ${wrong}`,
      )
    }
    t.equal((await call(site, url, 'GET')).headers.get('etag'), etag, `${name}: nothing changed`)
    const done = await call(site, url, route.method, { 'if-match': `"x", ${etag}` }, body)
    t.equal(done.status, route.status ?? 200, `${name} with the right one`)
    if (route.method === 'DELETE') continue
    const now = done.headers.get('etag')
    t.not(now, etag, `${name}: another ETag`)
    t.equal((await call(site, url, 'GET')).headers.get('etag'), now, `${name}: which GET gives as well`)
    t.equal(
      (await call(site, url, route.method, { 'if-match': etag }, body)).status,
      412,
      `${name}: the former is stale`,
    )
    t.equal((await call(site, url, route.method, {}, body)).status, 200, `${name}: without one nothing is asked`)
    t.equal((await call(site, url, route.method, { 'if-match': '*' }, body)).status, 200, `${name}: * is any`)
  }
})

await t.test('of two who change the same, the second is told', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  const url = new URL('/api/v1/nodes/one', site.admin)
  const etag = (await call(site, url, 'GET')).headers.get('etag')!
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      call(site, url, 'PATCH', { 'if-match': etag }, { metadata: { by: String(i) } }),
    ),
  )
  const statuses = replies.map(({ status }) => status).sort((a, b) => a - b)
  t.strictSame(statuses, [200, ...Array(7).fill(412)])
})

await t.test('what a machine does by itself makes no change of a person’s stale', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { id } = await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  const url = new URL('/api/v1/nodes/one', site.admin)
  const etag = (await call(site, url, 'GET')).headers.get('etag')
  await site.db.$executeRaw`
    update node set last_seen_at = clock_timestamp(), state = 'ONBOARDED', status = '{"code": "onboarded", "slots": {}}' where id = ${id}`
  t.equal((await call(site, url, 'GET')).headers.get('etag'), etag)
})

await t.test('what replies do not show, and a person’s hold, make another ETag', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  await site.api('addAccount', { body: { name: 'ops', userName: 'edge', passwordHash: '$6$salt$one' } })
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  const profile = (passwordHash: string) => ({
    name: 'debian',
    image: 'debian-image',
    account: { userName: 'edge', passwordHash },
  })
  await site.api('putProfile', { params: { id: 'debian' }, body: profile('$6$salt$one') })
  const changes: [string, string, string, () => Promise<unknown>, object][] = [
    [
      'an account’s password',
      '/api/v1/accounts/ops',
      'PUT',
      () =>
        site.api('putAccount', {
          params: { id: 'ops' },
          body: { name: 'ops', userName: 'edge', passwordHash: '$6$salt$two' },
        }),
      { name: 'ops', userName: 'edge' },
    ],
    [
      'a profile’s password',
      '/api/v1/profiles/debian',
      'PUT',
      () => site.api('putProfile', { params: { id: 'debian' }, body: profile('$6$salt$two') }),
      { name: 'debian', image: 'debian-image', account: { userName: 'edge' } },
    ],
    [
      'a hold',
      '/api/v1/nodes/one',
      'PATCH',
      () => site.api('holdNode', { params: { id: 'one' }, body: { reason: 'waits for a part' } }),
      { metadata: { rack: '7' } },
    ],
    [
      'a release',
      '/api/v1/nodes/one',
      'PATCH',
      () => site.api('releaseNode', { params: { id: 'one' } }),
      { metadata: { rack: '7' } },
    ],
  ]
  for (const [what, path, method, change, body] of changes) {
    const url = new URL(path, site.admin)
    const etag = (await call(site, url, 'GET')).headers.get('etag')!
    await change()
    t.equal((await call(site, url, method, { 'if-match': etag }, body)).status, 412, what)
  }
})

await t.test('a PATCH with If-Match and an onboarding machine do not wait for each other', async (t) => {
  const registry = await fresh(t)
  const site = await openSite(t, registry)
  const { id } = await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  const url = new URL('/api/v1/nodes/one', site.admin)
  const etag = (await call(site, url, 'GET')).headers.get('etag')!
  const { patched } = await registry.transaction(async (tx) => {
    await lockIdentity(tx, normaliseIdentity({ serial: 'SN-2', macs: [] }))
    const under = call(site, url, 'PATCH', { 'if-match': etag }, { serial: 'SN-2' })
    await waitingForLocks(site.db, 1)
    t.ok(await lockNode(tx, id))
    return { patched: under }
  })
  t.equal((await patched).status, 200)
  t.match(await site.api('getNode', { params: { id } }), { serial: 'SN-2' })
})
