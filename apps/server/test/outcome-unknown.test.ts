import { until, waitingForLocks } from '@eims/lab'
import { type Db, openRegistry } from '@eims/registry'
import t, { type Test } from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// One promise: a change whose COMMIT was not answered is told as unknown, and the same Idempotency-Key tells what became
// of it.

const databases = await startDatabases(t)

/** A site whose COMMITs of new nodes hang for as long as `during` lasts, and are answered to nobody. */
async function hangingSite(t: Test) {
  const { url } = await databases.fresh(t)
  const registry = openRegistry({ url, patience: 1500 })
  t.teardown(() => registry.close())
  const site = await openSite(t, registry)
  await site.db.$executeRaw`
    create function hang() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock_shared(4711); return null; end $$`
  await site.db.$executeRaw`
    create constraint trigger hang after insert on node deferrable initially deferred for each row execute function hang()`
  const watcher = openRegistry({ url, poolSize: 2 })
  t.teardown(() => watcher.close())
  const during = (work: (db: Db) => Promise<void>) =>
    watcher.transaction(async (tx) => {
      await tx.$queryRaw`select pg_advisory_xact_lock(4711)::text`
      await work(watcher.db)
    })
  const add = async (serial: string, key: string) => {
    const response = await fetch(`${site.admin}/api/v1/nodes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${site.keys.admin}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ serial }),
    })
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() }
  }
  return { site, add, during, watcher: watcher.db }
}

await t.test('it was done after all', async (t) => {
  const { site, add, during, watcher } = await hangingSite(t)
  await during(async () => {
    const { status, retryAfter, body } = await add('SN-1', 'key-1')
    t.match({ status, retryAfter, body }, { status: 504, retryAfter: '5', body: { code: 'outcome-unknown' } })
    t.match(body, { detail: 'the database went away while it was written: it may have been done or not' })
  })
  await waitingForLocks(watcher, 'none')
  // what waits for no lock any more may still be committing
  await until(async () => (await watcher.node.count()) === 1)
  const again = await add('SN-1', 'key-1')
  t.match(again, { status: 409, body: { code: 'already-exists', detail: /was done.* its reply is lost; look at/ } })
  t.match(await site.api('listNodes', { query: {} }), { total: 1 }, 'and not a second time')
})

await t.test('it was not done: the same key does it', async (t) => {
  const { site, add, during } = await hangingSite(t)
  await during(async (db) => {
    t.match(await add('SN-1', 'key-1'), { status: 504 })
    await waitingForLocks(db, 1)
    await db.$queryRaw`
      select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    await waitingForLocks(db, 'none')
  })
  t.match(await site.api('listNodes', { query: {} }), { total: 0 })
  t.match(await add('SN-1', 'key-1'), { status: 201 })
  t.match(await add('SN-1', 'key-1'), { status: 201 }, 'and has its reply from then on')
  t.match(await site.api('listNodes', { query: {} }), { total: 1 })
})

await t.test('it is not known yet: who repeats it is not told that it was not done', async (t) => {
  const { add, during } = await hangingSite(t)
  await during(async (db) => {
    t.match(await add('SN-1', 'key-1'), { status: 504 })
    await waitingForLocks(db, 1)
    t.match(
      await add('SN-1', 'key-1'),
      { status: 503, body: { code: 'database-down' } },
      'nothing of this one was sent',
    )
  })
})

await t.test('a part of it is done and it goes on: it is under way for whoever repeats it', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  for (const serial of ['SN-1', 'SN-2']) await site.api('addNode', { body: { serial } })
  const bulk = async () => {
    const response = await fetch(`${site.admin}/api/v1/nodes/bulk`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${site.keys.admin}`,
        'content-type': 'application/json',
        'idempotency-key': 'key-1',
      },
      body: JSON.stringify({ select: { ids: ['SN-1', 'SN-2'] }, action: 'hold', reason: 'for now' }),
    })
    return (await response.json()) as { code?: string; done?: number }
  }
  const first = await site.engine.registry.transaction(async (tx) => {
    await tx.$queryRaw`select 1 from node_identifier i join node n on n.id = i.node_id where i.shown = 'SN-2' for update of n`
    const running = bulk()
    await waitingForLocks(site.db, 1)
    await until(async () => (await site.api('listNodes', { query: { filter: 'hold:*' } })).total > 0)
    t.match(await bulk(), { code: 'idempotency-busy' })
    return { running }
  })
  t.match(await first.running, { done: 2 })
  t.match(await bulk(), { done: 2 }, 'and its reply is kept')
})

await t.test('a read that is not answered is a database that is down', async (t) => {
  const { site } = await hangingSite(t)
  const release = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const other = openRegistry({ url: site.engine.registry.url, poolSize: 1 })
  t.teardown(() => other.close())
  const holding = other.transaction(async (tx) => {
    await tx.$executeRaw`lock table node in access exclusive mode`
    locked.resolve()
    await release.promise
  })
  await locked.promise
  await t.rejects(site.api('listNodes', { query: {} }), { code: 'database-down' })
  release.resolve()
  await holding
})

await t.test('both health checks answer while every connection hangs', async (t) => {
  const { url } = await databases.fresh(t)
  const registry = openRegistry({ url, poolSize: 1 })
  t.teardown(() => registry.close())
  const site = await openSite(t, registry)
  const release = Promise.withResolvers<void>()
  const taken = Promise.withResolvers<void>()
  const holding = registry.transaction(async (tx) => {
    await tx.$queryRaw`select 1`
    taken.resolve()
    await release.promise
  })
  await taken.promise
  const ask = async (path: string) => {
    const response = await fetch(`${site.open}${path}`, { signal: AbortSignal.timeout(2000) })
    return { status: response.status, body: await response.json() }
  }
  const asked = await Promise.all(['/healthz', '/readyz', '/readyz', '/healthz'].map(ask))
  const broken = 'the database does not answer'
  t.match(asked, [
    { status: 200, body: { ok: false, broken: [broken] } },
    { status: 503, body: { code: 'database-down', detail: broken } },
    { status: 503 },
    { status: 200 },
  ])
  release.resolve()
  await holding
})
