import { type Action, NodeInput, type Run } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import t from 'tap'
import {
  activeRun,
  createInstance,
  createNode,
  currentInstance,
  type Db,
  dbNow,
  getNode,
  latestRun,
  loadRun,
  lockNode,
  newId,
  overdueInstances,
  overdueRuns,
  writeChanges,
} from '../src/index.ts'
import { addProfile, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const createRun = (db: Db, after: Run) => writeChanges(db, { run: { before: null, after } })
const saveRun = (db: Db, before: Run, after: Run) => writeChanges(db, { run: { before, after } })

const action = (id: string): Action => ({
  id,
  task: 'os',
  name: `${id}-name`,
  uses: { kind: 'builtin', builtin: 'inventory' },
  with: { nested: { z: 1, a: [null, 'x'] } },
  env: { B: '1', A: '2' },
  timeout: 60,
  repeatable: true,
})

async function nodeWithInstance(db: Db, siteId: string) {
  const profile = await addProfile(db, siteId)
  const node = await createNode(db, {
    input: NodeInput.parse({ serial: 'SN-1' }),
    registered: true,
    actor: 'ann',
    siteId,
  })
  const instance = await createInstance(db, { nodeId: node.id, profileId: profile.id })
  return { node, instance, profile }
}

async function pendingRun(db: Db, nodeId: string, instanceId: string): Promise<Run> {
  const createdAt = await dbNow(db)
  return {
    id: newId(),
    nodeId,
    instanceId,
    state: 'PENDING',
    reason: null,
    timeout: 0,
    dueAt: null,
    pause: null,
    createdAt,
    startedAt: null,
    endedAt: null,
    actions: ['one', 'two', 'three'].map((id) => ({
      definition: action(id),
      state: 'PENDING',
      attempts: [],
      earlier: 0,
      result: null,
    })),
  }
}

await t.test('a run comes back as it was stored, and a change writes only what differs', async (t) => {
  const { db, siteId } = await fresh(t)
  const { node, instance } = await nodeWithInstance(db, siteId)
  const run = await pendingRun(db, node.id, instance.id)
  await createRun(db, run)
  t.same(await loadRun(db, run.id), run)
  t.same(await activeRun(db, node.id), run)
  t.equal(await loadRun(db, 'no-such'), null)

  const now = run.createdAt
  const attempt = {
    number: 1,
    sessionId: 'session',
    startedAt: now,
    leaseUntil: now + 30_000,
    endedAt: null,
    lastSeq: 0,
    progress: null,
    reason: null,
    exitCode: null,
  } as const
  const started: Run = {
    ...run,
    state: 'RUNNING',
    startedAt: now,
    actions: run.actions.map((each, i) =>
      i === 0 ? { ...each, state: 'RUNNING', attempts: [{ ...attempt, state: 'RUNNING' }] } : each,
    ),
  }
  await saveRun(db, run, started)
  t.same(await loadRun(db, run.id), started)

  const untouched =
    await db.$queryRaw`select xmin::text, ctid::text from action where run_id = ${run.id} and id <> 'one' order by id`
  const ended: Run = {
    ...started,
    state: 'FAILED',
    reason: { code: 'no-disk-found', slots: {} },
    endedAt: now + 5,
    actions: started.actions.map((each, i) =>
      i === 0
        ? {
            ...each,
            state: 'SUCCEEDED',
            result: { found: [1, 2] },
            attempts: [
              {
                ...attempt,
                state: 'FAILED',
                endedAt: now + 3,
                lastSeq: 4,
                progress: 0.25,
                reason: { code: 'disk-usb', slots: {} },
                exitCode: 1,
              },
              { ...attempt, number: 2, state: 'SUCCEEDED', endedAt: now + 5, lastSeq: 1, progress: 1, exitCode: 0 },
            ],
          }
        : each,
    ),
  }
  await saveRun(db, started, ended)
  t.same(await loadRun(db, run.id), ended)
  t.same(await latestRun(db, node.id), ended)
  t.equal(await activeRun(db, node.id), null)
  t.same(
    await db.$queryRaw`select xmin::text, ctid::text from action where run_id = ${run.id} and id <> 'one' order by id`,
    untouched,
  )
  t.match((await getNode(db, node.id)).run, {
    id: run.id,
    state: 'FAILED',
    reason: { code: 'no-disk-found', slots: {}, text: 'No disk was found in this machine' },
    actions: [{ id: 'one', name: 'one-name', attempts: 2, progress: 1, reason: null }, { id: 'two', attempts: 0 }, {}],
  })
})

await t.test('a node has one active run, whatever the code does', async (t) => {
  const { db, siteId } = await fresh(t)
  const { node, instance } = await nodeWithInstance(db, siteId)
  await createRun(db, await pendingRun(db, node.id, instance.id))
  await t.rejects(createRun(db, await pendingRun(db, node.id, instance.id)), { code: 'wrong-state' })
  await t.rejects(
    db.$transaction(async (tx) => {
      await t.rejects(createRun(tx, await pendingRun(tx, node.id, instance.id)), { code: 'wrong-state' })
      t.ok(await activeRun(tx, node.id), 'the transaction around it goes on')
      throw new Error('end')
    }),
    { message: 'end' },
  )
})

await t.test('leases run out by the clock of the database', async (t) => {
  const { db, siteId } = await fresh(t)
  const { node, instance } = await nodeWithInstance(db, siteId)
  const run = await pendingRun(db, node.id, instance.id)
  await createRun(db, run)
  const now = await dbNow(db)
  const withLease = (leaseUntil: number): Run => ({
    ...run,
    actions: run.actions.map((each, i) =>
      i === 0
        ? {
            ...each,
            attempts: [
              {
                number: 1,
                state: 'RUNNING',
                sessionId: 's',
                startedAt: now,
                leaseUntil,
                endedAt: null,
                lastSeq: 0,
                progress: null,
                reason: null,
                exitCode: null,
              },
            ],
          }
        : each,
    ),
  })
  await saveRun(db, run, withLease(now + 60_000))
  t.same(await overdueRuns(db, 10), [])
  await saveRun(db, withLease(now + 60_000), withLease(now - 1))
  t.same(await overdueRuns(db, 10), [{ runId: run.id, nodeId: node.id }])

  const due = (state: 'FAILED' | 'LOST' | 'RUNNING', dueAt: number | null): Run => {
    const held = withLease(now + 60_000)
    const set = (each: Run['actions'][number]): Run['actions'][number] => ({
      ...each,
      state: state === 'RUNNING' ? state : 'PENDING',
      dueAt,
      attempts: each.attempts.map((attempt) => ({ ...attempt, state })),
    })
    return { ...held, actions: held.actions.map((each) => (each.attempts.length > 0 ? set(each) : each)) }
  }
  let last = withLease(now - 1)
  for (const [state, dueAt, count] of [
    ['FAILED', now + 60_000, 0],
    ['FAILED', now - 1, 1],
    ['LOST', now - 1, 0],
    ['RUNNING', now - 1, 1],
    ['FAILED', null, 0],
  ] as const) {
    await saveRun(db, last, due(state, dueAt))
    last = due(state, dueAt)
    t.equal((await overdueRuns(db, 10)).length, count, `${state}, due at ${dueAt}`)
    t.equal((await loadRun(db, run.id))?.actions.find(({ attempts }) => attempts.length > 0)?.dueAt ?? null, dueAt)
  }
})

await t.test('a node has one current instance; an OS that does not report in time is overdue', async (t) => {
  const { db, siteId } = await fresh(t)
  const { node, instance, profile } = await nodeWithInstance(db, siteId)
  const second = await createInstance(db, { nodeId: node.id, profileId: profile.id })
  t.not(second.id, instance.id)
  t.match(await currentInstance(db, node.id), {
    id: second.id,
    state: 'PENDING',
    desired: 'RUNNING',
    profile: profile.name,
    phoneHomeDueAt: null,
  })
  const now = await dbNow(db)
  await writeChanges(db, {
    instance: {
      id: second.id,
      state: 'PROVISIONED',
      status: { reason: { code: 'told', slots: { text: 'Written' } }, indicator: 'IN_PROGRESS' },
      phoneHomeDueAt: now + 60_000,
    },
  })
  t.same(await overdueInstances(db), [])
  await writeChanges(db, {
    instance: {
      id: second.id,
      state: 'PROVISIONED',
      status: { reason: { code: 'told', slots: { text: 'Written' } }, indicator: 'IN_PROGRESS' },
      phoneHomeDueAt: now - 5,
    },
  })
  t.match(await overdueInstances(db), [{ id: second.id, phoneHomeDueAt: now - 5 }])
  await writeChanges(db, {
    instance: {
      id: second.id,
      state: 'RUNNING',
      status: { reason: { code: 'told', slots: { text: 'Runs' } }, indicator: 'IDLE' },
      phoneHomeDueAt: null,
      osVersion: 'Debian 12',
      bootId: 'b',
      machineId: 'm',
      sshHostKeys: ['k'],
    },
  })
  t.same(await overdueInstances(db), [])
  t.match(await currentInstance(db, node.id), {
    state: 'RUNNING',
    osVersion: 'Debian 12',
    sshHostKeys: ['k'],
    machineId: 'm',
    phoneHomeDueAt: null,
  })
})

await t.test('lockNode keeps a second transaction waiting', async (t) => {
  const { db, registry, siteId } = await fresh(t)
  const { node } = await nodeWithInstance(db, siteId)
  const order: string[] = []
  const { second } = await registry.transaction(async (tx) => {
    await lockNode(tx, node.id)
    const second = registry.transaction(async (tx) => {
      t.equal(await lockNode(tx, node.id), true)
      order.push('second')
    })
    await waitingForLocks(db, 1)
    order.push('first')
    return { second }
  })
  await second
  t.same(order, ['first', 'second'])
  t.equal(await registry.transaction((tx) => lockNode(tx, 'no-such')), false)
})
