import pg from 'pg'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

// Promise: what hundreds of machines do every few seconds, and a script for each of thousands, costs few statements, BEGIN
// and COMMIT included.

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }

/** What PostgreSQL is asked meanwhile, by this process. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const asked: string[] = []
  const { prototype } = pg.Client
  const query = Object.getOwnPropertyDescriptor(prototype, 'query')!
  prototype.query = function (this: pg.Client, ...args: [{ text?: string } | string]) {
    const [first] = args
    asked.push((typeof first === 'string' ? first : (first.text ?? '')).trim().replace(/\s+/g, ' '))
    return Reflect.apply(query.value as () => unknown, this, args)
  } as typeof prototype.query
  try {
    await work()
  } finally {
    Object.defineProperty(prototype, 'query', query)
  }
  // what the event stream's feed asks by itself
  return asked.filter((text) => !text.includes('event_id_seq'))
}

await t.test('a look of a machine that waits', async (t) => {
  const site = await openSite(t, await fresh(t))
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'wait' })
  const asked = await statementsOf(() => agent.next())
  t.ok(asked.length > 0 && asked.length <= 3, asked.join('\n'))
})

await t.test('a report of progress, with lines', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  const action = await agent.action()
  const line = { at: new Date().toISOString(), stream: 'agent', text: 'a line' }
  const asked = await statementsOf(() => agent.end(action, { state: 'RUNNING', progress: 0.1, log: [line] }))
  t.ok(asked.length > 0 && asked.length <= 4, asked.join('\n'))
  t.match(await site.db.attempt.findMany(), [{ progress: 0.1, lastSeq: 1, state: 'RUNNING' }])
  t.equal(await site.db.log.count(), 1)
  const again = await statementsOf(() => agent.end(action, { state: 'RUNNING', progress: 0.1, log: [line] }))
  t.ok(again.length <= 2, 'repeated, it changes nothing')
  t.equal(await site.db.log.count(), 1)
})

await t.test('the next action', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  const first = await statementsOf(async () => t.match(await agent.next(), { kind: 'action', index: 1 }))
  t.ok(first.length > 0 && first.length <= 6, first.join('\n'))
  const again = await statementsOf(async () => t.match(await agent.next(), { kind: 'action', index: 1 }))
  t.ok(again.length <= 6, again.join('\n'))
  await agent.end(await agent.action())
  const second = await statementsOf(async () => t.match(await agent.next(), { kind: 'action', index: 2 }))
  t.ok(second.length <= 6, second.join('\n'))
})

await t.test('a boot script', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const asked = await statementsOf(async () => t.match(await bootScript(site.open, machine), /^kernel /m))
  t.ok(asked.length > 0 && asked.length <= 3, asked.join('\n'))
})

await t.test('a node that is registered, and one that is read', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const body = { serial: 'SN-1', macs: [machine.mac], profile: 'debian', metadata: { rack: '7' } }
  const added = await statementsOf(async () => t.match(await site.api('addNode', { body }), { profile: 'debian' }))
  t.ok(added.length > 0 && added.length <= 2, added.join('\n'))
  t.equal(added.filter((sql) => /\b(insert|update) /.test(sql) && !sql.startsWith('with used')).length, 1)
  const headers = { 'idempotency-key': 'once' }
  const noted = await statementsOf(() => site.api('addNode', { body: { serial: 'SN-2' } }, { headers }))
  t.ok(noted.includes('BEGIN') && noted.includes('COMMIT'), 'the note of its key is kept with it')
  t.ok(noted.length <= 10, noted.join('\n'))
  const read = await statementsOf(() => site.api('getNode', { params: { id: 'SN-1' } }))
  t.ok(read.length > 0 && read.length <= 6, read.join('\n'))
})

await t.test('a board, for however many screens', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addBatch', { body: { name: 'lot-7' } })
  await site.api('patchSite', { body: { unknownPolicy: 'hold' } })
  await bootAgent(site.open, machine)
  const keyed = site.client(site.admin, site.keys.board)
  const read = () => keyed('getBoard', { query: { batch: 'lot-7' } })
  const asked = await statementsOf(async () => t.match(await read(), { needy: [{ serial: 'SN-1' }] }))
  t.ok(asked.length > 0 && asked.length <= 4, `with that for the key: ${asked.join('\n')}`)
  const again = await statementsOf(() => Promise.all([read(), read(), read()]))
  t.ok(again.length <= 3, `only the keys: ${again.join('\n')}`)
})
