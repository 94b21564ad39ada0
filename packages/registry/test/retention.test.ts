import { NodeInput, settingBootOrder } from '@eims/contracts'
import t from 'tap'
import {
  appendEvents,
  audit,
  claimSweep,
  createNode,
  type Db,
  eventsDroppedTo,
  type Look,
  measure,
  newId,
  noteDropped,
  shortenTimelines,
  sweepRecord,
  sweepStretch,
} from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

// Promise: what is too old or too much goes, a stretch at a time, and never what an operator needs.

const fresh = await startDatabases(t)
const look = (more: Partial<Look> = {}): Look => ({ cursor: null, before: ago(100).getTime(), pressure: 0, ...more })
const ago = (days: number) => new Date(Date.now() - days * 86_400_000)

/** A node and its runs, the oldest first: each with three log lines and an event. */
async function nodeWithRuns(
  db: Db,
  siteId: string,
  name: string,
  runs: { state: string; days: number }[],
  registered = true,
) {
  const { id } = await createNode(db, {
    input: NodeInput.parse({ name, serial: name }),
    registered: true,
    actor: 'ann',
    siteId,
  })
  await db.node.update({ where: { id }, data: { registered } })
  const ids: string[] = []
  for (const { state, days } of runs) {
    const [instanceId, runId, at] = [newId(), newId(), ago(days)]
    await db.instance.create({
      data: {
        id: instanceId,
        nodeId: id,
        state: 'FAILED',
        desiredState: 'RUNNING',
        status: {},
        statusIndicator: 'IDLE',
        createdAt: at,
        endedAt: at,
      },
    })
    const ended = state === 'PENDING' || state === 'RUNNING' ? null : at
    await db.run.create({ data: { id: runId, nodeId: id, instanceId, state, createdAt: at, endedAt: ended } })
    await db.action.create({ data: { runId, id: 'a', position: 0, name: 'a', definition: {}, state: 'SUCCEEDED' } })
    await db.log.createMany({
      data: [1, 2, 3].map((n) => ({
        nodeId: id,
        runId,
        actionId: 'a',
        attempt: 1,
        at,
        stream: 'agent',
        text: `${name} ${n}`,
      })),
    })
    await appendEvents(db, [{ kind: 'run.ended', nodeId: id, runId, at: at.getTime(), message: `${name} ${days}` }])
    ids.push(runId)
  }
  await db.instance.updateMany({ where: { runs: { some: { id: ids.at(-1)! } } }, data: { endedAt: null } })
  return { id, runs: ids }
}

const runsLeft = async (db: Db) => (await db.run.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)
const logsOf = async (db: Db) => new Set((await db.log.findMany()).map(({ runId }) => runId))

await t.test('runs: the last one, the last that ended well and one under way stay, however old', async (t) => {
  const { db, siteId } = await fresh(t)
  const { runs } = await nodeWithRuns(db, siteId, 'one', [
    { state: 'SUCCEEDED', days: 900 },
    { state: 'SUCCEEDED', days: 800 },
    { state: 'FAILED', days: 700 },
    { state: 'FAILED', days: 600 },
  ])
  const busy = await nodeWithRuns(db, siteId, 'two', [
    { state: 'FAILED', days: 50 },
    { state: 'RUNNING', days: 40 },
  ])
  t.match(await sweepStretch(db, 'runs', look()), { rows: 2, cursor: null })
  t.strictSame(await runsLeft(db), [runs[1], runs[3], ...busy.runs])
  t.equal(await db.instance.count(), 4, 'instances that ended and have no run are gone')
  t.equal(await db.action.count(), 4)
  t.match(await sweepStretch(db, 'runs', look({ pressure: 1 })), { rows: 1 }, 'too much: also a young one')
  t.strictSame(await runsLeft(db), [runs[1], runs[3], busy.runs[1]])
  t.match(await sweepStretch(db, 'logs', look()), { rows: 9 }, 'the lines of runs that are gone')
  t.strictSame(await logsOf(db), new Set([runs[1], runs[3], busy.runs[1]]))
})

await t.test('runs: the last one that set the boot order stays', async (t) => {
  const { db, siteId } = await fresh(t)
  const { runs } = await nodeWithRuns(db, siteId, 'one', [
    { state: 'FAILED', days: 900 },
    { state: 'FAILED', days: 800 },
    { state: 'FAILED', days: 700 },
  ])
  await db.action.updateMany({
    where: { runId: { in: [runs[0]!, runs[1]!] } },
    data: { definition: { uses: { kind: 'builtin', builtin: settingBootOrder[0]! } } },
  })
  await sweepStretch(db, 'runs', look())
  t.strictSame(await runsLeft(db), [runs[1], runs[2]])
})

await t.test('log lines: by the age of their run, not by a machine’s clock; of the newest ten runs', async (t) => {
  const { db, siteId } = await fresh(t)
  const old = await nodeWithRuns(db, siteId, 'old', [
    { state: 'FAILED', days: 300 },
    { state: 'FAILED', days: 200 },
  ])
  await db.log.updateMany({ data: { at: new Date('2199-01-01') } })
  const many = await nodeWithRuns(
    db,
    siteId,
    'many',
    Array.from({ length: 12 }, (_, index) => ({ state: 'FAILED', days: 20 - index })),
  )
  const unregistered = await nodeWithRuns(db, siteId, 'unregistered', [{ state: 'FAILED', days: 1 }], false)
  await sweepStretch(db, 'logs', look())
  t.strictSame(await logsOf(db), new Set([old.runs[1], ...many.runs.slice(2), ...unregistered.runs]))
  await sweepStretch(db, 'logs', look({ pressure: 1 }))
  t.strictSame(await logsOf(db), new Set([old.runs[1], many.runs[11], ...unregistered.runs]))
  await sweepStretch(db, 'logs', look({ pressure: 2 }))
  t.strictSame(await logsOf(db), new Set([old.runs[1], many.runs[11]]), 'a person’s machines keep theirs')
})

await t.test('events: what machines repeat goes first, the last run’s and since when it is known stay', async (t) => {
  const { db, siteId } = await fresh(t)
  const { id, runs } = await nodeWithRuns(db, siteId, 'one', [
    { state: 'FAILED', days: 300 },
    { state: 'FAILED', days: 200 },
  ])
  await appendEvents(db, [
    { kind: 'boot.decision', nodeId: id, at: ago(300).getTime(), message: 'old' },
    { kind: 'boot.decision', nodeId: id, at: ago(3).getTime(), message: 'young' },
    { kind: 'node.changed', nodeId: id, at: ago(2).getTime(), message: 'by a person' },
  ])
  const left = async () => (await db.event.findMany({ orderBy: { id: 'asc' } })).map(({ message }) => message)
  const swept = await sweepStretch(db, 'events', look())
  t.match(swept, { rows: 2, cursor: null })
  t.ok(swept.bytes > 300 && swept.bytes < 1000, `${swept.bytes}`)
  const [known] = await left()
  t.strictSame(await left(), [known, 'one 200', 'young', 'by a person'])
  await sweepStretch(db, 'events', look({ pressure: 1 }))
  t.strictSame(await left(), [known, 'one 200', 'by a person'])
  await sweepStretch(db, 'events', look({ pressure: 2 }))
  t.strictSame(await left(), [known, 'one 200'])
  t.match(await db.event.findMany({ where: { runId: runs[1]! } }), [{ message: 'one 200' }])
})

await t.test('audit: the last entry of each kind about what is there stays', async (t) => {
  const { db, siteId } = await fresh(t)
  const { id } = await createNode(db, {
    input: NodeInput.parse({ name: 'one', serial: 'one' }),
    registered: true,
    actor: 'ann',
    siteId,
  })
  for (const reason of ['first', 'second'])
    await audit(db, { actor: 'ann', action: 'node.hold', of: { id, name: 'one' }, reason })
  await audit(db, { actor: 'ann', action: 'node.delete', of: { id: 'gone', name: 'gone' } })
  await db.audit.updateMany({ data: { at: ago(200) } })
  await audit(db, { actor: 'ann', action: 'node.hold', of: { id: 'gone', name: 'gone' } })
  const left = async () =>
    (await db.audit.findMany({ orderBy: { id: 'asc' } })).map(({ action, reason }) =>
      `${action} ${reason ?? ''}`.trim(),
    )
  t.match(await sweepStretch(db, 'audit', look()), { rows: 2 })
  t.strictSame(await left(), ['node.create', 'node.hold second', 'node.hold'])
  await sweepStretch(db, 'audit', look({ pressure: 1 }))
  t.strictSame(await left(), ['node.create', 'node.hold second'])
})

await t.test('a stretch is bounded, the next one goes on, and what somebody holds is left', async (t) => {
  const { db, registry } = await fresh(t)
  const old = ago(300).getTime()
  await appendEvents(
    db,
    Array.from({ length: 4500 }, (_, index) => ({
      kind: 'boot.decision',
      nodeId: `n${index % 7}`,
      at: old,
      message: 'x',
    })),
  )
  const first = await sweepStretch(db, 'events', look())
  t.match(first, { rows: 2000, cursor: String(first.upTo) })
  const held = await db.event.findFirstOrThrow({ orderBy: { id: 'asc' } })
  await registry.transaction(async (tx) => {
    await tx.$queryRaw`select 1 from event where id = ${held.id} for update`
    const second = await sweepStretch(db, 'events', look({ cursor: first.cursor }))
    t.equal(second.rows, 1999)
    t.match(await sweepStretch(db, 'events', look({ cursor: second.cursor })), { rows: 500, cursor: null })
  })
  t.match(await db.event.findMany(), [{ id: held.id }])
})

await t.test('a timeline keeps the newest of what its machine brings about', async (t) => {
  const { db, siteId } = await fresh(t)
  const { id } = await nodeWithRuns(db, siteId, 'one', [{ state: 'FAILED', days: 5 }])
  for (let index = 0; index < 10; index++)
    await appendEvents(db, [{ kind: index % 2 ? 'boot.decision' : 'agent.onboarded', nodeId: id, message: `${index}` }])
  await appendEvents(db, [{ kind: 'boot.decision', nodeId: 'gone', message: 'alone' }])
  const swept = await shortenTimelines(db, null, 4)
  t.match(swept, { rows: 6, cursor: null })
  t.strictSame(
    (await db.event.findMany({ where: { nodeId: id }, orderBy: { id: 'asc' } })).slice(2).map(({ message }) => message),
    ['6', '7', '8', '9'],
  )
  t.equal(await db.event.count({ where: { nodeId: 'gone' } }), 1)
})

await t.test('one server sweeps at a time, and what was dropped is on record', async (t) => {
  const { db, registry } = await fresh(t)
  t.equal(await eventsDroppedTo(db), 0n)
  await registry.transaction(async (tx) => {
    t.equal(await claimSweep(tx), true)
    await noteDropped(tx, { events: 3 }, { eventsUpTo: 40n, swept: true })
  })
  await registry.transaction(async (tx) => {
    t.equal(await claimSweep(tx), true)
    t.equal(await registry.transaction(claimSweep), false)
  })
  await noteDropped(db, { events: 2, unregistered: 1 })
  t.match(await sweepRecord(db), { dropped: { events: 5, unregistered: 1 }, sweptAt: Number })
  t.equal(await eventsDroppedTo(db), 40n)
})

await t.test('how much there is: exactly of a small table, about of a large one', async (t) => {
  const { db } = await fresh(t)
  t.match(await measure(db), { events: { rows: 0, bytes: 0 }, logs: { rows: 0 } })
  await db.$executeRaw`
    insert into log (node_id, run_id, action_id, attempt, at, stream, text)
    select 'n', 'r', 'a', 1, now(), 'agent', repeat('x', 100) from generate_series(1, 100)`
  t.equal((await measure(db)).logs.rows, 100)
  await db.$executeRaw`
    insert into log (node_id, run_id, action_id, attempt, at, stream, text)
    select 'n', 'r', 'a', 1, now(), 'agent', repeat('x', 100) from generate_series(1, 100000)`
  const { rows, bytes, fileBytes } = (await measure(db)).logs
  t.ok(rows > 60_000 && rows < 140_000, `${rows} rows`)
  t.ok(bytes > 0.6 * fileBytes && bytes < 1.6 * fileBytes, `${bytes} of ${fileBytes} bytes`)
})
