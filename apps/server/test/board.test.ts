import { until } from '@eims/lab'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

// One promise: a board tells of its batches, or of the whole site, what the lists tell, and first who needs a person.

const { fresh } = await startDatabases(t)

await t.test('of batches, and of the site', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { api } = site
  await api('addBatch', { body: { name: 'lot-7', expected: 6 } })
  await api('addBatch', { body: { name: 'lot-8' } })
  const lots = { a: 'lot-7', b: 'lot-7', c: 'lot-7', d: 'lot-7', e: 'lot-8', f: undefined }
  for (const [name, batch] of Object.entries(lots))
    await api('addNode', { body: { name, serial: `SN-${name}`, ...(batch ? { batch } : {}) } })
  const states = { a: 'RUNNING', b: 'PROVISIONING', c: 'FAILED', e: 'FAILED' }
  for (const [name, state] of Object.entries(states)) {
    await (await bootAgent(site.open, { serial: `SN-${name}` })).action()
    await site.db.$executeRaw`
      update instance set state = ${state} where node_id = (select id from node where name = ${name}) and ended_at is null`
  }
  await site.db.$executeRaw`
    update run set state = 'SUCCEEDED', ended_at = clock_timestamp() where node_id = (select id from node where name = 'a')`
  await site.db.$executeRaw`
    update run set state = 'FAILED', reason = '{"code":"run-timed-out","slots":{"seconds":60}}', ended_at = clock_timestamp()
     where node_id in (select id from node where name in ('c', 'e'))`
  await api('patchSite', { body: { unknownPolicy: 'hold' } })
  await bootAgent(site.open, { serial: 'SN-stranger' })

  const lot7 = await api('getBoard', { query: { batch: 'lot-7' } })
  t.match(lot7, {
    expected: 6,
    done: 1,
    missing: 3,
    pace: { lastHour: 1, left: 5, expectedEnd: String },
    batches: [{ name: 'lot-7', counts: { passed: 1, failed: 1 }, pace: { lastHour: 1 } }],
    standing: { running: 1, working: 1, failed: 1, waiting: 1, unknown: 1, held: 0, written: 0 },
    needy: [
      { name: 'c', serial: 'SN-c', standing: 'failed' },
      { serial: 'SN-stranger', standing: 'unknown' },
    ],
  })
  t.equal(lot7.batches.length, 1)
  for (const { name, reason } of lot7.needy) {
    const node = await api('getNode', { params: { id: name } })
    t.strictSame(
      reason,
      node.waiting ?? node.instance?.status.reason ?? node.status.reason,
      `${name}: as its page says`,
    )
  }
  const both = await api('getBoard', { query: { batch: 'lot-8, lot-7,lot-8' } })
  t.strictSame(
    both.batches.map(({ name }) => name),
    ['lot-8', 'lot-7'],
  )
  t.match(both, { expected: 7, standing: { failed: 2 }, pace: { left: 6 } })
  const all = await api('getBoard', {})
  t.match(all, {
    expected: 6,
    done: 1,
    missing: 2,
    pace: { lastHour: 1, left: 1 },
    standing: { failed: 2, unknown: 1 },
  })
  t.strictSame(
    all.batches.map(({ name }) => name),
    ['lot-8', 'lot-7'],
    'the newest first',
  )
  t.strictSame((await api('overview', {})).standing, all.standing)
  await api('addNode', { body: { name: 'g', serial: 'SN-g' } })
  t.equal((await api('getBoard', {})).expected, 6, 'whoever asks again at once is told the same')
  await until(async () => (await api('getBoard', {})).expected === 7)
})

await t.test('no more than a screen has room for', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('patchSite', { body: { unknownPolicy: 'hold' } })
  for (let each = 0; each < 26; each++) await bootAgent(site.open, { serial: `SN-${each}` })
  const { needy, standing } = await site.api('getBoard', {})
  t.equal(needy.length, 24)
  t.equal(standing.unknown, 26)
})

await t.test('what is no batch', async (t) => {
  const { api } = await openSite(t, await fresh(t))
  await api('addBatch', { body: { name: 'lot-7' } })
  await t.rejects(api('getBoard', { query: { batch: 'lot-9' } }), { code: 'not-found', message: /no batch lot-9/ })
  for (const batch of [
    'a b',
    "'; drop",
    Array.from({ length: 13 }, (_, each) => `lot-${each}`).join(','),
    'x'.repeat(1001),
  ])
    await t.rejects(api('getBoard', { query: { batch } }), { code: 'invalid-input', fields: [{ path: 'query.batch' }] })
  t.match(await api('getBoard', { query: { batch: '' } }), { expected: 0, needy: [], pace: { expectedEnd: null } })
})
