import { includesRole, PAGE_HEADER, type Route, routes } from '@eims/contracts'
import { until } from '@eims/lab'
import { addKey, endKey } from '@eims/registry'
import t from 'tap'
import { STREAM_LIMITS } from '../src/events/stream.ts'
import { ATTEMPT_LIMITS } from '../src/http/attempts.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, rowCounts, type Site } from './support/site.ts'

// One promise: a browser that signed in may do what its key may do, as long as the key may, and only from pages of ours.

const { fresh } = await startDatabases(t)
const page = { [PAGE_HEADER]: '1' }
const json = { 'content-type': 'application/json' }

const signIn = (base: string, key: string, headers: Record<string, string> = page) =>
  fetch(`${base}/api/v1/session`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ key }) })

/** The header with which a browser that signed in comes back. */
async function cookieOf(site: Site, key: string): Promise<{ cookie: string }> {
  const reply = await signIn(site.admin, key)
  await reply.text()
  return { cookie: reply.headers.get('set-cookie')!.split(';')[0]! }
}

const get = (site: Site, path: string, headers: Record<string, string>) => fetch(new URL(path, site.admin), { headers })

await t.test('a key becomes a cookie that scripts and other sites do not get, and signing out ends it', async (t) => {
  const site = await openSite(t, await fresh(t))
  const reply = await signIn(site.admin, ` ${site.keys.operator} `)
  const text = await reply.text()
  t.match(JSON.parse(text), { name: 'operator', role: 'operator', endsAt: String })
  const header = reply.headers.get('set-cookie')!
  t.match(header, /^eims=eims-session_[\w-]{43}; Path=\/; Max-Age=863\d\d; HttpOnly; SameSite=Strict$/)
  t.notOk(text.includes('eims_') || header.includes(site.keys.operator))
  const cookie = { cookie: header.split(';')[0]! }
  t.match(await (await get(site, '/api/v1/session', cookie)).json(), JSON.parse(text))
  t.equal((await get(site, '/api/v1/nodes', { cookie: `a=b; ${cookie.cookie}; c` })).status, 200)
  const stored = JSON.stringify(await site.db.browserSession.findMany())
  t.notOk(stored.includes(cookie.cookie.slice(5)), 'only its hash is kept')
  const out = await fetch(`${site.admin}/api/v1/session`, { method: 'DELETE', headers: { ...cookie, ...page } })
  t.equal(out.status, 204)
  t.match(out.headers.get('set-cookie'), /^eims=; Path=\/; Max-Age=0; /)
  const after = await get(site, '/api/v1/nodes', cookie)
  t.match(await after.json(), { code: 'unauthenticated' })
  t.match(after.headers.get('set-cookie'), /Max-Age=0/)
  t.match(await site.api('getSession', {}), { name: 'admin', role: 'admin', endsAt: null }, 'a key asks the same')
})

await t.test('who signed in, and from where, is on record; who tried a wrong key is not', async (t) => {
  const site = await openSite(t, await fresh(t))
  await signIn(site.admin, 'eims_wrong')
  await signIn(site.admin, site.keys.operator, {})
  t.strictSame((await site.api('listAudit', {})).items, [])
  const { cookie } = await cookieOf(site, site.keys.operator)
  const { items } = await site.api('listAudit', {})
  const [key] = (await site.api('listKeys', { query: { filter: 'name = operator' } })).items
  const signedIn = { actor: 'operator', action: 'session.begin', subject: key!.id, subjectName: 'operator' }
  t.match(items, [{ ...signedIn, reason: null, before: null, after: { from: '127.0.0.1' } }])
  t.notOk(JSON.stringify(items).includes(cookie.slice(5)), 'and never by what it is in')
})

await t.test('changes say whose key it was, and a role is not more by a browser', async (t) => {
  const site = await openSite(t, await fresh(t))
  const operator = await cookieOf(site, site.keys.operator)
  const add = (headers: Record<string, string>) =>
    fetch(`${site.admin}/api/v1/nodes`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify({ name: 'one', serial: 'SN-1' }),
    })
  t.equal((await add({ ...operator, ...page })).status, 201)
  t.match((await site.api('listAudit', {})).items[0], { actor: 'operator', action: 'node.create' })
  const viewer = await cookieOf(site, site.keys.viewer)
  const before = await rowCounts(site)
  const changing = (Object.values(routes) as Route[]).filter(
    ({ listener, method, role }) =>
      listener === 'admin' && method !== 'GET' && role !== 'anyone' && !includesRole('viewer', role!),
  )
  t.ok(changing.length > 40)
  for (const { method, path } of changing) {
    const url = new URL(path.replaceAll(/:\w+/g, 'one'), site.admin)
    const reply = await fetch(url, { method, headers: { ...viewer, ...page } })
    t.match(
      { status: reply.status, ...((await reply.json()) as object) },
      { status: 403, code: 'forbidden' },
      `${method} ${path}`,
    )
  }
  t.strictSame(await rowCounts(site), before)
})

await t.test('no change is made for a page that is not ours, on any route', async (t) => {
  const site = await openSite(t, await fresh(t))
  const admin = await cookieOf(site, site.keys.admin)
  const before = await rowCounts(site)
  const foreign: [string, Record<string, string>][] = [
    ['without the header', {}],
    ['without it, from our own origin', { origin: site.admin, 'sec-fetch-site': 'same-origin' }],
    ['from another origin', { ...page, origin: 'https://evil.example' }],
    ['from our host on another port', { ...page, origin: 'http://127.0.0.1:1' }],
    ['from an opaque origin', { ...page, origin: 'null' }],
    ['from another site', { ...page, 'sec-fetch-site': 'cross-site' }],
    ['from a sibling', { ...page, 'sec-fetch-site': 'same-site' }],
    ['from nowhere', { ...page, 'sec-fetch-site': 'none' }],
  ]
  const served = site.app.served.filter(({ config }) => config?.listener === 'admin' && config.role !== 'anyone')
  const changing = served.flatMap(({ method, url }) =>
    [method].flat().flatMap((each) => (['GET', 'HEAD'].includes(each) ? [] : [{ method: each, url }])),
  )
  t.ok(changing.length > 40)
  for (const { method, url } of changing)
    for (const [what, headers] of foreign) {
      const reply = await fetch(new URL(url.replaceAll(/:\w+/g, 'one'), site.admin), {
        method,
        headers: { ...admin, ...headers },
      })
      const seen = { status: reply.status, ...((await reply.json()) as object) }
      t.match(seen, { status: 403, code: 'foreign-page' }, `${method} ${url} ${what}`)
    }
  for (const [what, headers] of foreign)
    t.equal((await signIn(site.admin, site.keys.admin, headers)).status, 403, `signing in ${what}`)
  t.strictSame(await rowCounts(site), before)
  t.equal((await get(site, '/api/v1/nodes', { ...admin, 'sec-fetch-site': 'cross-site' })).status, 403)
  t.equal((await get(site, '/api/v1/nodes', { ...admin, 'sec-fetch-site': 'none' })).status, 200, 'a typed address')
  const ours = { ...admin, ...page, origin: site.admin }
  const held = await fetch(`${site.admin}/api/v1/batches`, {
    method: 'POST',
    headers: { ...json, ...ours },
    body: '{"name":"lot"}',
  })
  t.equal(held.status, 201, 'a page of ours')
})

await t.test('a session ends with its key, and a stream of events with it', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', {
    events: { limits: { ...STREAM_LIMITS, heartbeat: 50 } },
  })
  const { id, key } = await addKey(site.db, { name: 'desk', role: 'operator', expiresAt: null })
  const cookie = await cookieOf(site, key)
  const stream = await get(site, '/api/v1/events', cookie)
  t.equal(stream.status, 200)
  const ended = stream.text().then(() => 'ended')
  await site.engine.registry.transaction((tx) => endKey(tx, id))
  t.match(await (await get(site, '/api/v1/nodes', cookie)).json(), { code: 'unauthenticated' })
  t.equal(await ended, 'ended')
  const soon = await addKey(site.db, { name: 'soon', role: 'viewer', expiresAt: '2100-01-01T00:00:00Z' })
  const expiring = await cookieOf(site, soon.key)
  await site.db.$executeRaw`update credential set expires_at = clock_timestamp() where id = ${soon.id}`
  t.equal((await get(site, '/api/v1/nodes', expiring)).status, 401)
})

await t.test('a session that nobody uses ends, a used one too in the end, and one key has so many', async (t) => {
  const site = await openSite(t, await fresh(t))
  const isIn = async (cookie: Record<string, string>) => (await get(site, '/api/v1/session', cookie)).status === 200
  const all = []
  for (let i = 0; i < 33; i++) all.push(await cookieOf(site, site.keys.viewer))
  t.notOk(await isIn(all[0]!), 'the first gave way')
  t.ok(await isIn(all[1]!))
  await site.db.$executeRaw`update browser_session set used_at = clock_timestamp() - interval '7 hours'`
  t.ok(await isIn(all[1]!), 'within a shift')
  await site.db.$executeRaw`
    update browser_session set used_at = clock_timestamp() - interval '9 hours' where used_at < clock_timestamp() - interval '1 hour'`
  t.notOk(await isIn(all[2]!), 'nobody was there')
  t.ok(await isIn(all[1]!), 'its use was noted')
  await site.db.$executeRaw`update browser_session set created_at = clock_timestamp() - interval '25 hours'`
  t.notOk(await isIn(all[1]!), 'a day is over')
  await cookieOf(site, site.keys.admin)
  t.equal(await site.db.browserSession.count(), 1, 'what is over goes when somebody signs in')
})

await t.test('guessing is slow, and is refused in the end', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', {
    attempts: { ...ATTEMPT_LIMITS, free: 2, firstDelay: 1, longestDelay: 1, refused: 4 },
  })
  const codes = []
  for (let i = 0; i < 6; i++)
    codes.push(((await (await signIn(site.admin, 'eims_wrong')).json()) as { code: string }).code)
  t.strictSame(codes, [...Array(4).fill('unauthenticated'), ...Array(2).fill('too-many-attempts')])
  t.equal((await signIn(site.admin, site.keys.viewer)).status, 200, 'a right key is never held up')
  const wrong = { cookie: 'eims=eims-session_wrong' }
  await until(async () => (await get(site, '/api/v1/nodes', wrong)).status === 429)
})
