import { ProblemError } from '@eims/contracts'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)

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
      { node: 'n2', code: 'wrong-state', detail: /held \(waits for a part\)/ },
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
    [{ select: { ids: ['one'] }, action: 'cancel', set: { batch: null } }, 'body.set'],
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
        failed.push({ node, code: error.code, detail: error.message })
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
