import { ProblemError, shown } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import { lockIdentity } from '@eims/registry'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)

const failureOf = (node: string, { code, message: detail, reason }: ProblemError) => ({
  node,
  code,
  detail,
  ...(reason ? { reason: shown(reason) } : {}),
})

/** As if its agent had begun: from then on nobody holds or removes it. */
const startRun = (site: Site, nodeId: string) => site.db.$executeRaw`
  insert into run (id, node_id, instance_id, state)
  select 'run-1', node_id, id, 'RUNNING' from instance where node_id = ${nodeId}`

await t.test('an action on a selection: each by itself, and what failed is told', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addBatch', { body: { name: 'lot' } })
  for (let i = 1; i <= 5; i++)
    await site.api('addNode', { body: { name: `n${i}`, serial: `SN-${i}`, ...(i < 5 ? { batch: 'lot' } : {}) } })
  const bulk = (body: Parameters<typeof site.api<'bulkNodes'>>[1]['body']) => site.api('bulkNodes', { body })
  const names = async (filter: string) =>
    (await site.api('listNodes', { query: { filter } })).items.map(({ name }) => name).join(' ')

  t.strictSame(
    await bulk({ select: { filter: 'batch = lot' }, action: 'set', set: { metadata: { rack: '7' }, batch: null } }),
    {
      matched: 4,
      done: 4,
      failed: [],
    },
  )
  t.equal(await names('metadata.rack = 7 AND NOT batch:*'), 'n1 n2 n3 n4')

  await site.api('holdNode', { params: { id: 'n2' }, body: { reason: 'waits for a part' } })
  const mixed = await bulk({ select: { ids: ['n1', 'SN-2', 'SN-3', 'sn-3', 'nobody'] }, action: 'provision' })
  t.match(mixed, {
    matched: 3,
    done: 2,
    failed: [
      { node: 'nobody', code: 'not-found' },
      { node: 'n2', code: 'wrong-state', detail: /held \(waits for a part\)/, reason: { code: 'release-first' } },
    ],
  })
  t.equal(await names('instance.state = PENDING'), 'n1 n3')
  t.match(
    await bulk({ select: { ids: ['n1', 'n5'], filter: 'metadata.rack:*' }, action: 'hold', reason: 'counted twice' }),
    { matched: 1, done: 1 },
  )
  t.equal(await names('hold:counted'), 'n1')
  t.match(await bulk({ select: { filter: 'hold:*' }, action: 'release' }), { matched: 2, done: 2 })
  t.match(await bulk({ select: { filter: 'name:*' }, action: 'set', set: { profile: 'nothing' } }), {
    matched: 5,
    done: 0,
    failed: Array(5).fill({ code: 'invalid-input' }),
  })
  const operator = site.client(site.admin, site.keys.operator)
  await t.rejects(operator('bulkNodes', { body: { select: { filter: 'name = n5' }, action: 'delete' } }), {
    code: 'forbidden',
  })
  t.match(await operator('bulkNodes', { body: { select: { filter: 'name = nobody' }, action: 'cancel' } }), {
    matched: 0,
    done: 0,
  })
  t.match(await bulk({ select: { filter: 'name = n5' }, action: 'delete' }), { matched: 1, done: 1 })
  t.equal((await site.api('listNodes', {})).total, 4)

  const audited = await site.api('listAudit', {
    query: { filter: 'actor = admin AND (action = node.patch OR action = node.delete)' },
  })
  t.equal(audited.total, 5)
})

await t.test('a reference that stands for several nodes is told apart from one that stands for none', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1', manufacturer: 'Dell' } })
  await site.api('addNode', { body: { name: 'two', serial: 'SN-1', manufacturer: 'Supermicro' } })
  const body = { select: { ids: ['SN-1', 'nobody', 'one'] }, action: 'hold' as const, reason: 'counted twice' }
  t.match(await site.api('bulkNodes', { body }), {
    matched: 1,
    done: 1,
    failed: [
      { node: 'SN-1', code: 'identity-conflict', detail: /SN-1 is one and two; use a node's name/ },
      { node: 'nobody', code: 'not-found' },
    ],
  })
})

await t.test('what is no selection, and no action', async (t) => {
  const site = await openSite(t, await fresh(t))
  const node = await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  const bad: [object, string][] = [
    [{ select: {}, action: 'cancel' }, 'body.select.filter'],
    [{ select: { filter: ' ' }, action: 'cancel' }, 'body.select.filter'],
    [{ select: { filter: 'name =' }, action: 'cancel' }, 'body.select.filter'],
    [{ select: { filter: 'x'.repeat(2001) }, action: 'cancel' }, 'body.select.filter'],
    [{ select: { ids: [] }, action: 'cancel' }, 'body.select.ids'],
    [{ select: { ids: Array(10_001).fill('a') }, action: 'cancel' }, 'body.select.ids'],
    [{ select: { ids: ['one'] }, action: 'explode' }, 'body.action'],
    [{ select: { ids: ['one'] }, action: 'hold' }, 'body.reason'],
    [{ select: { ids: ['one'] }, action: 'reprovision', reason: 'x' }, 'body.reason'],
    [{ select: { ids: ['one'] }, action: 'set' }, 'body.set'],
    [{ select: { ids: ['one'] }, action: 'set', set: {} }, 'body.set'],
    [{ select: { ids: ['one'] }, action: 'set', set: { name: 'two' } }, 'body.set'],
    [{ select: { ids: ['one'] }, action: 'set', set: { serial: 'SN-2' } }, 'body.set'],
    [{ select: { ids: ['one'] }, action: 'set', set: { mergeMetadata: { '': 'x' } } }, 'body.set.mergeMetadata.'],
    [{ select: { ids: ['one'] }, action: 'cancel', set: { batch: null } }, 'body.set'],
    [{ select: { ids: ['one'] }, action: 'adopt', adopt: { name: 'two' } }, 'body.adopt'],
    [{ select: { ids: ['one'] }, action: 'set', set: { batch: null }, adopt: {} }, 'body.adopt'],
  ]
  for (const [body, path] of bad)
    await t.rejects(
      site.api('bulkNodes', { body: body as never }),
      { code: 'invalid-input', fields: [{ path }] },
      JSON.stringify(body).slice(0, 100),
    )
  t.match(await site.api('getNode', { params: { id: 'one' } }), { name: node.name, hold: null })
})

await t.test('many are done together as each would be by itself: rules, events and audit log', async (t) => {
  const set = { metadata: { rack: '7' }, profile: 'debian', netbootPolicy: 'local' as const, batch: null }
  const actions = [
    { action: 'set' as const, set },
    { action: 'hold' as const, reason: 'counted twice' },
    { action: 'hold' as const, reason: 'counted twice' },
    { action: 'release' as const },
    { action: 'release' as const },
    { action: 'delete' as const },
  ]
  type Act = (site: Site, action: (typeof actions)[number]) => Promise<{ node: string; code: string; detail: string }[]>
  const traceOf = async (act: Act) => {
    const site = await openSite(t, await fresh(t))
    await addDefaultProfile(site.db)
    await site.api('addBatch', { body: { name: 'lot' } })
    for (const name of ['a', 'b']) await site.api('addNode', { body: { name, serial: `SN-${name}`, batch: 'lot' } })
    const { id } = await site.api('provisionNode', { params: { id: 'b' } })
    await startRun(site, id)
    const failed = []
    for (const action of actions) failed.push(...(await act(site, action)))
    const nodes = (await site.api('listNodes', {})).items.map(({ name, hold, batch, metadata, profile }) => ({
      name,
      hold,
      batch,
      metadata,
      profile,
    }))
    const audit = await site.db.$queryRaw`
      select actor, action, subject_name, reason, before ->> 'name' as was, before -> 'hold' as held,
             (select array_agg(k order by k) from jsonb_object_keys(before) k) as keys, after
        from audit where action in ('node.patch', 'node.hold', 'node.release', 'node.delete') order by subject_name, id`
    const events = await site.db.$queryRaw`
      select kind, message, data - 'batchId' as data, data ? 'batchId' as batch from event
       where kind like 'node.%' order by kind, message, data::text`
    return { failed, nodes, audit, events }
  }
  const together = await traceOf(async (site, action) =>
    (await site.api('bulkNodes', { body: { select: { ids: ['a', 'b'] }, ...action } })).failed.toSorted((x, y) =>
      x.node.localeCompare(y.node),
    ),
  )
  const alone = await traceOf(async (site, action) => {
    const failed = []
    for (const node of ['a', 'b'])
      try {
        const params = { id: node }
        if (action.action === 'set') await site.api('patchNode', { params, body: set })
        else if (action.action === 'hold') await site.api('holdNode', { params, body: { reason: action.reason ?? '' } })
        else if (action.action === 'release') await site.api('releaseNode', { params })
        else await site.api('deleteNode', { params })
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        failed.push(failureOf(node, error))
      }
    return failed
  })
  t.strictSame(together, alone)
  t.match(together.failed, [
    { node: 'b', code: 'wrong-state' },
    { node: 'b', code: 'wrong-state' },
    { node: 'b', code: 'wrong-state' },
    { node: 'a', code: 'wrong-state' },
    { node: 'b', code: 'wrong-state' },
    { node: 'b', code: 'wrong-state' },
  ])
  t.match(together.nodes, [{ name: 'b', hold: null, batch: null, metadata: { rack: '7' }, profile: 'debian' }])
})

await t.test(
  'notes are merged into what each of many nodes has, also where somebody holds one just then',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    const most = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key-${i}`, 'x']))
    const notes = { a: { rack: '7', note: 'old' }, b: {}, c: { shelf: '1', note: 'old' }, full: most }
    for (const [name, metadata] of Object.entries(notes))
      await site.api('addNode', { body: { name, serial: `SN-${name}`, metadata } })
    const set = { mergeMetadata: { shelf: '3', note: null }, product: 'R650' }
    let report: Promise<unknown> | undefined
    await site.engine.registry.transaction(async (tx) => {
      await tx.$executeRaw`select from node where name = 'c' for update`
      report = site.api('bulkNodes', { body: { select: { filter: 'name:*' }, action: 'set', set } })
      await waitingForLocks(site.db, 1)
    })
    t.match(await report, {
      matched: 4,
      done: 3,
      failed: [{ node: 'full', code: 'invalid-input', detail: /^body.mergeMetadata would make 101 keys/ }],
    })
    const { items } = await site.api('listNodes', { query: { orderBy: 'name' } })
    t.strictSame(
      items.map(({ metadata, product }) => [metadata, product]),
      [
        [{ rack: '7', shelf: '3' }, 'R650'],
        [{ shelf: '3' }, 'R650'],
        [{ shelf: '3' }, 'R650'],
        [most, null],
      ],
    )
    const patches = await site.db.$queryRaw`
    select subject_name as name, before, after from audit where action = 'node.patch' order by subject_name`
    t.strictSame(patches, [
      {
        name: 'a',
        before: { product: null, metadata: { rack: '7', note: 'old' } },
        after: { product: 'R650', metadata: { rack: '7', shelf: '3' } },
      },
      {
        name: 'b',
        before: { product: null, metadata: {} },
        after: { product: 'R650', metadata: { shelf: '3' } },
      },
      {
        name: 'c',
        before: { product: null, metadata: { shelf: '1', note: 'old' } },
        after: { product: 'R650', metadata: { shelf: '3' } },
      },
    ])
    t.match(
      await site.db.$queryRaw`select data from event where kind = 'node.changed' order by data -> 'was' ->> 'metadata'`,
      [{ data: { patch: { metadata: { shelf: '3' } } } }, {}, {}],
    )
    const both = { metadata: { rack: '9', note: 'new' }, mergeMetadata: { note: null } }
    await site.api('bulkNodes', { body: { select: { ids: ['a'] }, action: 'set', set: both } })
    t.strictSame(
      (await site.api('getNode', { params: { id: 'a' } })).metadata,
      { rack: '9' },
      'what replaces comes first',
    )
  },
)

await t.test('many are adopted, and given a maker, as each would be by itself', async (t) => {
  const actions = [
    { action: 'adopt' as const, adopt: { batch: 'lot', profile: 'debian' } },
    { action: 'adopt' as const },
    { action: 'set' as const, set: { manufacturer: 'Dell', product: 'R650' } },
    { action: 'set' as const, set: { manufacturer: 'Supermicro' } },
    { action: 'set' as const, set: { manufacturer: null } },
  ]
  const names = ['adopted', 'alone', 'shelved', 'twin-1', 'twin-2', 'without']
  type Act = (site: Site, action: (typeof actions)[number]) => Promise<{ node: string; code: string; detail: string }[]>
  const traceOf = async (act: Act) => {
    const site = await openSite(t, await fresh(t))
    await addDefaultProfile(site.db)
    await site.api('addBatch', { body: { name: 'lot' } })
    const add = (name: string, serial: string, manufacturer = 'HP') =>
      site.api('addNode', { body: { name, serial, manufacturer } })
    await add('adopted', 'SN-1')
    await add('alone', 'SN-2')
    const former = await add('former', 'SN-3', 'Dell')
    await add('shelved', 'SN-3', 'HP')
    await site.api('deleteNode', { params: { id: former.id } })
    await add('twin-1', 'SN-4', 'Supermicro')
    await add('twin-2', 'SN-4', 'Dell')
    await site.api('addNode', { body: { name: 'without', macs: ['52:54:00:aa:00:01'] } })
    await site.db.$executeRaw`update node set registered = false where name = 'adopted'`
    await site.db.$executeRaw`update node_identifier set provisional = true where value = 'sn-2'`
    const failed = []
    for (const action of actions) failed.push(...(await act(site, action)))
    const nodes = (await site.api('listNodes', { query: { orderBy: 'name' } })).items.map(
      ({ name, registered, manufacturer, product, batch, profile, serial, provisional }) =>
        [name, registered, manufacturer, product, batch, profile, serial, provisional] as const,
    )
    const serials = await site.db.$queryRaw`select value, shown from node_identifier order by value`
    const audit = await site.db.$queryRaw`
      select actor, action, subject_name, reason, before, after from audit
       where action in ('node.patch', 'node.adopt') order by subject_name, id`
    const events = await site.db.$queryRaw`
      select kind, message, data from event where kind like 'node.%' order by kind, message, data::text`
    return { failed, nodes, serials, audit, events }
  }
  const together = await traceOf(async (site, action) =>
    (await site.api('bulkNodes', { body: { select: { ids: names }, ...action } })).failed.toSorted((x, y) =>
      x.node.localeCompare(y.node),
    ),
  )
  const alone = await traceOf(async (site, action) => {
    const failed = []
    for (const node of names)
      try {
        const params = { id: node }
        if (action.action === 'adopt') await site.api('adoptNode', { params, body: action.adopt ?? {} })
        else await site.api('patchNode', { params, body: action.set })
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        failed.push(failureOf(node, error))
      }
    return failed
  })
  t.strictSame(together, alone)
  t.strictSame(
    together.failed.filter(({ code }) => code !== 'wrong-state').map(({ node, code }) => [node, code]),
    [
      ['twin-1', 'already-exists'],
      ['twin-2', 'already-exists'],
      ['twin-1', 'already-exists'],
      ['twin-2', 'already-exists'],
    ],
  )
  t.strictSame(together.nodes[0], ['adopted', true, null, 'R650', 'lot', 'debian', 'SN-1', []])
})

await t.test('a maker waits for who decides about the serial, and the other nodes do not', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  await site.api('addNode', { body: { name: 'two', serial: 'SN-2' } })
  const makers = async () =>
    (await site.api('listNodes', { query: { orderBy: 'name' } })).items.map(({ manufacturer }) => manufacturer)
  let report: Promise<unknown> | undefined
  await site.engine.registry.transaction(async (tx) => {
    await lockIdentity(tx, { serial: 'sn-1', macs: [] })
    const select = { ids: ['one', 'two'] }
    report = site.api('bulkNodes', { body: { select, action: 'set', set: { manufacturer: 'Dell' } } })
    await waitingForLocks(site.db, 1)
    t.strictSame(await makers(), [null, 'Dell'])
  })
  t.match(await report, { matched: 2, done: 2 })
  t.strictSame(await makers(), ['Dell', 'Dell'])
  await site.api('addNode', { body: { name: 'three', serial: 'SN-1', manufacturer: 'HP' } })
  const body = { select: { ids: ['one'] }, action: 'set' as const, set: { manufacturer: 'HP' } }
  t.match(await site.api('bulkNodes', { body }), { done: 0, failed: [{ node: 'one', code: 'already-exists' }] })
})
