import { NodeInput } from '@eims/contracts'
import t from 'tap'
import {
  audit,
  createAccount,
  createBatch,
  createKey,
  createNode,
  type Db,
  type Listed,
  listAccounts,
  listAudit,
  listBatches,
  listImages,
  listKeys,
  listLogs,
  listNodes,
  listProfiles,
  type Page,
  type Registry,
  writeChanges,
} from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)

/** All items, page by page, and the total that each page told. */
async function walk<T>(list: (page: Page) => Promise<Listed<T>>, page: Page) {
  const items: T[] = []
  const totals = new Set<number>()
  for (let pageToken: string | undefined; ; ) {
    const reply = await list({ ...page, ...(pageToken ? { pageToken } : {}) })
    items.push(...reply.items)
    totals.add(reply.total)
    if (reply.items.length > page.pageSize) throw new Error('more than asked for')
    if (reply.nextPageToken === null) return { items, totals: [...totals] }
    pageToken = reply.nextPageToken
  }
}

async function someNodes(db: Db, siteId: string) {
  const makers = ['Dell', 'HP', undefined]
  for (let i = 0; i < 12; i++) {
    const input = NodeInput.parse({ name: `n${i}`, serial: `SN-${i}`, manufacturer: makers[i % 3] })
    await createNode(db, { input, registered: true, actor: 'test', siteId })
  }
  await db.$executeRaw`update node set created_at = '2026-11-20T10:00:00Z' where name in ('n1', 'n2', 'n3', 'n4')`
  await db.$executeRaw`update node set last_seen_at = '2026-11-20T10:00:00.123Z' where name in ('n5', 'n6')`
}

await t.test('an order holds from page to page, also where values are alike or not there', async (t) => {
  const { db, siteId } = await fresh(t)
  await someNodes(db, siteId)
  const all = (await listNodes(db, { pageSize: 100 })).items
  t.equal(all.length, 12)
  type Node = (typeof all)[number]
  const keys: Record<string, (node: Node) => string> = {
    name: ({ name }) => name,
    manufacturer: ({ manufacturer }) => manufacturer ?? '',
    createdAt: ({ createdAt }) => createdAt,
    lastSeenAt: ({ lastSeenAt }) => lastSeenAt ?? '',
    registered: ({ registered }) => String(registered),
    batch: ({ batch }) => batch ?? '',
    id: ({ id }) => id,
  }
  const orders = [
    'id',
    'id desc',
    'name',
    'name desc',
    'manufacturer',
    'createdAt desc',
    'lastSeenAt',
    'registered',
    'batch',
    'manufacturer desc, name',
    'manufacturer, name desc',
    'createdAt desc, manufacturer, name desc',
    ' name asc ',
    'manufacturer, id desc',
  ]
  for (const orderBy of orders) {
    const parts = orderBy.split(',').map((each) => each.trim().split(' '))
    if (parts.at(-1)![0] !== 'id') parts.push(['id', parts.at(-1)![1] ?? 'asc'])
    const sorted = all.toSorted((a, b) => {
      for (const [name, direction] of parts) {
        const [x, y] = [keys[name!]!(a), keys[name!]!(b)]
        if (x !== y) return (x < y ? -1 : 1) * (direction === 'desc' ? -1 : 1)
      }
      return 0
    })
    const { items, totals } = await walk((page) => listNodes(db, page), { pageSize: 5, orderBy })
    t.strictSame(
      items.map(({ name }) => name),
      sorted.map(({ name }) => name),
      orderBy,
    )
    t.strictSame(totals, [12], orderBy)
  }
  const filtered = await walk((page) => listNodes(db, page), {
    pageSize: 2,
    filter: 'manufacturer = dell',
    orderBy: 'name desc',
  })
  t.strictSame(
    filtered.items.map(({ name }) => name),
    ['n9', 'n6', 'n3', 'n0'],
  )
  t.strictSame(filtered.totals, [4])
})

await t.test('a page begins behind a row: what comes and goes meanwhile moves nothing', async (t) => {
  const { db, siteId } = await fresh(t)
  await someNodes(db, siteId)
  const page = { pageSize: 4, orderBy: 'name' }
  const first = await listNodes(db, page)
  t.strictSame(
    first.items.map(({ name }) => name),
    ['n0', 'n1', 'n10', 'n11'],
  )
  await db.$executeRaw`delete from node where name in ('n0', 'n11')`
  const input = NodeInput.parse({ name: 'n00', serial: 'new' })
  await createNode(db, { input, registered: true, actor: 'test', siteId })
  const second = await listNodes(db, { ...page, pageToken: first.nextPageToken! })
  t.strictSame(
    second.items.map(({ name }) => name),
    ['n2', 'n3', 'n4', 'n5'],
  )
  t.equal(second.total, 11)
})

await t.test('a token is good for the list, order and filter that gave it, and for nothing else', async (t) => {
  const { db, siteId } = await fresh(t)
  await someNodes(db, siteId)
  const given = { pageSize: 2, orderBy: 'name desc', filter: 'name:n' }
  const pageToken = (await listNodes(db, given)).nextPageToken!
  await listNodes(db, { ...given, pageToken, pageSize: 3 })
  await listNodes(db, { pageSize: 3, orderBy: ' name  desc, id desc ', filter: ' name:n ', pageToken })
  for (const other of [
    { orderBy: 'name' },
    { orderBy: 'name desc, id' },
    { orderBy: 'createdAt desc' },
    { filter: 'name:m' },
    { filter: undefined },
  ])
    await t.rejects(
      listNodes(db, { ...given, ...other, pageToken }),
      { code: 'invalid-input', message: /another list, orderBy or filter/ },
      JSON.stringify(other),
    )
  await t.rejects(listProfiles(db, { ...given, pageToken, filter: '' }), { message: /another list/ })

  const [version, mark, ...key] = JSON.parse(Buffer.from(pageToken, 'base64url').toString()) as string[]
  const forged: unknown[] = [
    [],
    {},
    null,
    'x',
    [version],
    [version, mark],
    ['2', mark, ...key],
    [version, mark, ...key, 'x'],
    [version, mark, 1, 2],
    [version, mark, 'a\0b', 'c'],
  ]
  for (const parts of forged) {
    const token = Buffer.from(JSON.stringify(parts)).toString('base64url')
    await t.rejects(
      listNodes(db, { ...given, pageToken: token }),
      { code: 'invalid-input', message: /pageToken/ },
      JSON.stringify(parts),
    )
  }
  const byTime = { pageSize: 2, orderBy: 'createdAt' }
  const timeToken = JSON.parse(
    Buffer.from((await listNodes(db, byTime)).nextPageToken!, 'base64url').toString(),
  ) as string[]
  for (const time of ['now', '2026-13-45 10:00:00+00', '2026-02-31 10:00:00+00', '2026-11-20 99:00:00+00', "x'"])
    await t.rejects(
      listNodes(db, {
        ...byTime,
        pageToken: Buffer.from(JSON.stringify(timeToken.with(2, time))).toString('base64url'),
      }),
      { code: 'invalid-input' },
      time,
    )
})

await t.test('what orderBy cannot be', async (t) => {
  const { db } = await fresh(t)
  const table: [string, RegExp][] = [
    ['nonsense', /names "nonsense", by which this list is not ordered; there are id, name/],
    ['name down', /holds "name down"; write fields like: name desc, createdAt/],
    ['name,', /holds ""/],
    ['name, name desc', /names a field twice/],
    ['name, manufacturer, product, profile, batch', /more than 4/],
    ['constructor', /is not ordered/],
    ['name; drop table node', /holds/],
  ]
  for (const [orderBy, message] of table)
    await t.rejects(listNodes(db, { pageSize: 1, orderBy }), {
      code: 'invalid-input',
      message,
      fields: [{ path: 'query.orderBy' }],
    })
})

await t.test('every list has all three', async (t) => {
  const { db, siteId } = await fresh(t)
  for (let i = 0; i < 5; i++) {
    await createBatch(db, siteId, { name: `b${i}`, expected: null, note: null })
    await createAccount(db, { name: `a${i}`, userName: `u${i}`, sshKeys: [] })
    await createKey(db, { name: `k${i}`, role: 'viewer' })
    await audit(db, { actor: 'test', action: `node.did-${i}`, of: { id: 's', name: 's' } })
    await writeChanges(db, {
      logs: [
        {
          nodeId: 'n',
          runId: 'r',
          actionId: 'a',
          attempt: 1,
          at: '2026-11-20T10:00:00Z',
          stream: 'agent',
          text: `t${i}`,
        },
      ],
    })
  }
  const names = (items: { name: string }[]) => items.map(({ name }) => name).join(' ')
  const page = (orderBy: string, filter: string): Page => ({ pageSize: 2, orderBy, filter })
  const batches = await walk((each) => listBatches(db, each), page('name desc', 'name != b2'))
  t.match({ names: names(batches.items), totals: batches.totals }, { names: 'b4 b3 b1 b0', totals: [4] })
  const accounts = await walk((each) => listAccounts(db, each), page('userName desc', 'name = a*'))
  t.match({ names: names(accounts.items), totals: accounts.totals }, { names: 'a4 a3 a2 a1 a0', totals: [5] })
  const keys = await walk((each) => listKeys(db, each), page('name', 'role = viewer AND NOT revokedAt:*'))
  t.match({ names: names(keys.items), totals: keys.totals }, { names: 'k0 k1 k2 k3 k4', totals: [5] })
  const audits = await walk((each) => listAudit(db, each), page('', 'actor = test AND action:node.did'))
  t.strictSame(
    audits.items.map(({ action }) => action),
    ['node.did-4', 'node.did-3', 'node.did-2', 'node.did-1', 'node.did-0'],
  )
  const byTime = await walk((each) => listAudit(db, each), page('at, action desc', 'at > 2026-01-01 AND actor = test'))
  t.equal(byTime.items.length, 5)
  const logs = await walk((each) => listLogs(db, 'n', each), page('id desc', 'text:t AND stream = agent'))
  t.strictSame(
    logs.items.map(({ text }) => text),
    ['t4', 't3', 't2', 't1', 't0'],
  )
  for (const list of [listImages, listProfiles])
    t.strictSame(await list(db, page('name desc', 'name:x AND createdAt > 2026-01-01 AND architecture = arm64')), {
      items: [],
      nextPageToken: null,
      total: 0,
    })
})

/** Rows of a table that a list of nodes makes PostgreSQL look at, as it counts them itself. */
const rowsRead = (registry: Registry, page: Page, table = 'node') =>
  registry.transaction(async (tx) => {
    const counted = async () => {
      const rows = await tx.$queryRaw<{ read: number }[]>`
        select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables where relname = ${table}`
      return rows[0]!.read
    }
    const before = await counted()
    await listNodes(tx, page)
    return (await counted()) - before
  })

async function fiveThousand(db: Db, siteId: string) {
  await db.$executeRaw`
    insert into node (id, site_id, name, registered, state, desired_state, status, status_indicator, created_at)
    select lpad(i::text, 36, '0'), ${siteId}, 'n' || md5(i::text), true, 'REGISTERED', 'ONBOARDED', '{"code":"registered","slots":{}}', 'IDLE',
           timestamptz '2026-01-01' + i * interval '1 second' from generate_series(1, 5000) i`
  await db.$executeRaw`analyze node`
}

await t.test('a page far behind reads no more rows than the first one', async (t) => {
  const { registry, db, siteId } = await fresh(t)
  await fiveThousand(db, siteId)
  for (const orderBy of ['id', 'name', 'createdAt desc']) {
    let pageToken: string | undefined
    for (let i = 0; i < 4; i++)
      pageToken = (await listNodes(db, { pageSize: 1000, orderBy, pageToken })).nextPageToken ?? undefined
    const first = await rowsRead(registry, { pageSize: 10, orderBy })
    const last = await rowsRead(registry, { pageSize: 10, orderBy, pageToken })
    t.ok(last <= first + 20, `${orderBy}: ${first} rows, then ${last}`)
  }
})

await t.test('who is asked for by id or name is found without a look at the others', async (t) => {
  const { registry, db, siteId } = await fresh(t)
  await fiveThousand(db, siteId)
  const some = await db.node.findMany({ take: 40, orderBy: { name: 'asc' } })
  for (const field of ['id', 'name'] as const) {
    const filter = some.map((node) => `${field} = ${node[field].toUpperCase()}`).join(' OR ')
    const read = await rowsRead(registry, { pageSize: 40, filter })
    t.equal((await listNodes(db, { pageSize: 40, filter })).total, 40)
    t.ok(read <= 200, `${field}: ${read} rows`)
  }
})

await t.test('parts of identifiers, and metadata, are found without a look at the others', async (t) => {
  const { registry, db, siteId } = await fresh(t)
  await fiveThousand(db, siteId)
  await db.$executeRaw`update node set metadata = jsonb_build_object('rack', 'R' || id::int % 500, 'note', case when id::int % 500 = 0 then repeat(md5(id), 200) end)`
  await db.$executeRaw`
    insert into node_identifier (id, node_id, kind, value, shown)
    select n.id || v.kind, n.id, v.kind, v.value, v.value from node n, lateral (values
      ('serial', 'sn-' || md5(n.id)), ('uuid', '00000000-0000-0000-8000-' || substr(md5(n.id), 3, 12)),
      ('mac', regexp_replace(substr(md5(n.id), 1, 12), '(..)(?!$)', '\\1:', 'g'))) v (kind, value)`
  for (const table of ['node', 'node_identifier']) await db.$executeRawUnsafe(`vacuum analyze ${table}`)
  const { items } = await listNodes(db, { pageSize: 1, orderBy: 'name' })
  const { serial, uuid, macs } = items[0]!
  for (const filter of [
    `serial:"${serial!.slice(7, 19)}"`,
    `uuid:${uuid!.slice(-9)}`,
    `uuid = *${uuid!.slice(-12)}`,
    `mac:"${macs[0]!.slice(3, 14)}"`,
    `mac = *${macs[0]!.slice(4).replaceAll(':', '-')}`,
  ]) {
    t.equal((await listNodes(db, { pageSize: 10, filter })).total, 1, filter)
    const read = await rowsRead(registry, { pageSize: 10, filter }, 'node_identifier')
    t.ok(read <= 200, `${filter}: ${read} rows`)
  }
  const filter = 'metadata.rack = r7'
  t.equal((await listNodes(db, { pageSize: 10, filter })).total, 10)
  const read = await rowsRead(registry, { pageSize: 10, filter })
  t.ok(read <= 100, `${filter}: ${read} rows`)
})
