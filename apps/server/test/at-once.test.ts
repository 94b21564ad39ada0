import { until, waitingForLocks } from '@eims/lab'
import { type Db, getSite } from '@eims/registry'
import t from 'tap'
import { problemOf } from '../src/problem.ts'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite, type Site } from './support/site.ts'

// One promise: who changes what another one removes at the same moment is told so; nobody meets a fault of the server.

const { fresh } = await startDatabases(t)

const call = async (site: Site, to: string, body?: object) => {
  const [method, path] = to.split(' ') as [string, string]
  const response = await fetch(new URL(path, site.admin), {
    method,
    headers: { authorization: `Bearer ${site.keys.admin}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return { answer: response.status, ...(text === '' ? {} : JSON.parse(text)) }
}

/** The request begins while the row is being removed, and waits for that. */
async function whileRemoved(site: Site, remove: (tx: Db) => Promise<unknown>, to: string, body?: object) {
  const { registry } = site.engine
  let reply: ReturnType<typeof call> | undefined
  await registry.transaction(async (tx) => {
    await remove(tx)
    reply = call(site, to, body)
    await waitingForLocks(site.db, 1)
  })
  return reply
}

await t.test('what is removed meanwhile is not found', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  for (const [list, name, body] of [
    ['profiles', 'edge', { name: 'edge', image: 'debian-image' }],
    ['batches', 'lot', { name: 'lot' }],
    ['accounts', 'ops', { name: 'ops', userName: 'edge' }],
  ] as const) {
    const remove = (tx: Db) => {
      if (list === 'profiles') return tx.profile.deleteMany({ where: { name } })
      return list === 'batches' ? tx.batch.deleteMany({ where: { name } }) : tx.account.deleteMany({ where: { name } })
    }
    for (const method of ['PUT', 'DELETE']) {
      t.match(await call(site, `POST /api/v1/${list}`, body), { answer: 201 })
      const to = `${method} /api/v1/${list}/${name}`
      t.match(await whileRemoved(site, remove, to, method === 'PUT' ? body : undefined), { answer: 404 }, to)
    }
  }
  for (const to of ['PATCH /api/v1/nodes/one', 'DELETE /api/v1/nodes/one', 'POST /api/v1/nodes/bulk']) {
    t.match(await call(site, 'POST /api/v1/nodes', { name: 'one', serial: 'SN-1' }), { answer: 201 })
    const bodies: Record<string, object> = {
      PATCH: { product: 'x' },
      POST: { select: { ids: ['one'] }, action: 'delete' },
    }
    const reply = await whileRemoved(
      site,
      (tx) => tx.node.deleteMany({ where: { name: 'one' } }),
      to,
      bodies[to.split(' ')[0]!],
    )
    t.match(reply, to.startsWith('POST') ? { failed: [{ code: 'not-found' }] } : { answer: 404 }, to)
  }
})

await t.test('what is removed meanwhile cannot be referred to', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  await call(site, 'POST /api/v1/nodes', { name: 'one', serial: 'SN-1' })
  const add = {
    profile: () => call(site, 'POST /api/v1/profiles', { name: 'gone', image: 'debian-image' }),
    batch: () => call(site, 'POST /api/v1/batches', { name: 'gone' }),
    account: () => call(site, 'POST /api/v1/accounts', { name: 'gone', userName: 'edge' }),
  }
  const remove = {
    profile: (tx: Db) => tx.profile.deleteMany({ where: { name: 'gone' } }),
    batch: (tx: Db) => tx.batch.deleteMany({ where: { name: 'gone' } }),
    account: (tx: Db) => tx.account.deleteMany({ where: { name: 'gone' } }),
  }
  for (const [what, to, body] of [
    ['profile', 'PATCH /api/v1/nodes/one', { profile: 'gone' }],
    ['batch', 'PATCH /api/v1/nodes/one', { batch: 'gone' }],
    ['account', 'PATCH /api/v1/nodes/one', { account: 'gone' }],
    ['account', 'POST /api/v1/nodes', { serial: 'SN-2', account: 'gone' }],
    ['profile', 'PATCH /api/v1/site', { defaultProfile: 'gone' }],
    ['account', 'PATCH /api/v1/site', { defaultAccount: 'gone' }],
  ] as const) {
    t.match(await add[what](), { answer: 201 })
    const detail = new RegExp(`names the ${what} gone, which does not exist`)
    t.match(await whileRemoved(site, remove[what], to, body), { answer: 400, detail }, `${to} ${what}`)
  }
  const body = { name: 'edge', image: 'debian-image' }
  const unused = async (tx: Db) => {
    await tx.profile.deleteMany({})
    await tx.image.deleteMany({})
  }
  t.match(await whileRemoved(site, unused, 'POST /api/v1/profiles', body), {
    status: 400,
    detail: /image debian-image/,
  })
})

await t.test('what many nodes refer to at the moment can be changed', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { registry } = site.engine
  await registry.transaction(async (tx) => {
    // As an import does: its nodes hold the site that they belong to.
    await tx.$queryRaw`select 1 from site where id = ${(await getSite(tx)).id} for key share`
    const { etag } = Object.fromEntries(
      (await fetch(new URL('/api/v1/site', site.admin), { headers: { authorization: `Bearer ${site.keys.admin}` } }))
        .headers,
    )
    const changed = site.api(
      'patchSite',
      { body: { noProxy: 'lan' } },
      { timeout: 3000, headers: { 'if-match': etag! } },
    )
    t.match(await changed, { noProxy: 'lan' })
  })
})

await t.test('who waited too long, or waits for who waits for him, is told to come again', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { registry } = site.engine
  const expired = registry.transaction((tx) => tx.$queryRaw`select pg_sleep(0.3)::text`.then(() => getSite(tx)), {
    timeout: 100,
  })
  t.match(problemOf(await expired.catch((error: unknown) => error)), { code: 'busy' })
  for (const name of ['a', 'b']) await site.api('addBatch', { body: { name } })
  let holding = 0
  const both = await Promise.allSettled(
    [
      ['a', 'b'],
      ['b', 'a'],
    ].map(([first, second]) =>
      registry.transaction(async (tx) => {
        await tx.$queryRaw`select 1 from batch where name = ${first} for update`
        holding++
        await until(() => holding === 2)
        await tx.$queryRaw`select 1 from batch where name = ${second} for update`
      }),
    ),
  )
  const refused = both.filter((each) => each.status === 'rejected').map(({ reason }) => problemOf(reason).code)
  t.strictSame(refused, ['busy'])
})
