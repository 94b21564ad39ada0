import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, onboard } from './support/machine.ts'
import { addDefaultProfile, addProfile, onlyWoken, openSite, rowCounts } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const params = { id: 'SN-1' }

await t.test('a held machine waits with the person’s reason until it is released', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-1' } })
  const held = await site.api('holdNode', { params, body: { reason: 'RAM is missing' } })
  t.match(held, {
    hold: 'RAM is missing',
    waiting: { code: 'held', slots: { text: 'RAM is missing' } },
    status: { reason: { code: 'registered' } },
  })
  t.match(await bootScript(site.open, machine), /RAM is missing/)
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'held', slots: { text: 'RAM is missing' } } })
  t.match(await site.api('getNode', { params }), {
    hold: 'RAM is missing',
    waiting: { code: 'held' },
    instance: null,
  })
  for (const [request, reason] of [
    ['provision', { code: 'release-first', slots: { node: 'node-sn-1', text: 'RAM is missing' } }],
    ['cancel', { code: 'has-no-run', slots: {} }],
  ] as const) {
    const headers = { authorization: `Bearer ${site.keys.admin}` }
    const reply = await fetch(`${site.admin}/api/v1/nodes/SN-1/${request}`, { method: 'POST', headers })
    t.match(await reply.json(), { status: 409, code: 'wrong-state', reason }, request)
  }
  const waiting = agent.next(20)
  t.match(await site.api('releaseNode', { params }), { hold: null, waiting: null })
  t.match(await waiting, { kind: 'action' }, 'its long poll is woken')
  await t.rejects(site.api('releaseNode', { params }), { code: 'wrong-state', message: /nobody holds node-sn-1/ })
  await t.rejects(site.api('holdNode', { params, body: { reason: 'too late' } }), { message: /active run/ })
  await site.api('cancelNode', { params })
  await site.api('holdNode', { params, body: { reason: 'to the lab' } })
  await t.rejects(site.api('retryNode', { params, body: {} }), { code: 'wrong-state', message: /held \(to the lab\)/ })
  t.match(
    (await site.db.audit.findMany({ where: { action: { startsWith: 'node.' } }, orderBy: { id: 'asc' } })).map(
      ({ action, reason }) => [action, reason],
    ),
    [
      ['node.create', null],
      ['node.hold', 'RAM is missing'],
      ['node.release', null],
      ['node.cancel', null],
      ['node.hold', 'to the lab'],
    ],
  )
})

for (const [netbootPolicy, code, words] of [
  ['local', 'netboot-local', 'pos-17 is to boot its own disk'],
  ['denied', 'netboot-denied', 'pos-17 may not boot from the network'],
] as const) {
  const reason = { code, slots: { node: 'pos-17' }, text: words }
  const params = { id: 'pos-17' }
  const node = { name: 'pos-17', serial: 'SN-1' }

  await t.test(`${netbootPolicy}: an agent that waits already gets no run, whatever is set or asked for`, async (t) => {
    const site = await openSite(t, await fresh(t))
    await site.api('addNode', { body: node })
    const agent = await bootAgent(site.open, machine)
    t.match(await agent.next(), { kind: 'wait', reason: { code: 'no-profile' } })
    await site.api('patchNode', { params, body: { netbootPolicy } })
    await addDefaultProfile(site.db)
    t.match(await agent.next(), { kind: 'wait', reason })
    t.match(await site.api('getNode', { params }), { waiting: reason, run: null, instance: null })
    const message = `${words}; let it boot from the network first: eims nodes set pos-17 --netboot allowed`
    await t.rejects(site.api('provisionNode', { params }), { code: 'wrong-state', message })
    t.match(await agent.next(), { kind: 'wait', reason })
    t.match(await rowCounts(site), { instance: 0, run: 0 })

    onlyWoken(site)
    const waiting = agent.next(20)
    await site.api('patchNode', { params, body: { netbootPolicy: 'allowed' } })
    t.match(await waiting, { kind: 'action', index: 1 })
    t.match(await site.api('getNode', { params }), { waiting: null })
  })

  await t.test(
    `${netbootPolicy}: what was asked for before waits, too, and a failed run is not taken up`,
    async (t) => {
      const site = await openSite(t, await fresh(t))
      await addDefaultProfile(site.db)
      await site.api('addNode', { body: node })
      const parameters = await fetchSite(await bootScript(site.open, machine))
      await site.api('provisionNode', { params })
      await site.api('patchNode', { params, body: { netbootPolicy } })
      const agent = await onboard(machine, parameters)
      t.match(await agent.next(), { kind: 'wait', reason }, 'set between its site parameters and its onboarding')
      t.match(await rowCounts(site), { run: 0 })
      await site.api('patchNode', { params, body: { netbootPolicy: 'allowed' } })
      const action = await agent.action()
      await site.api('patchNode', { params, body: { netbootPolicy } })
      await agent.end(action)
      t.match(await agent.action(), { index: 2 }, 'a run under way goes on')
      await site.api('cancelNode', { params })
      await t.rejects(site.api('retryNode', { params, body: {} }), { code: 'wrong-state', message: words })
      const again = { params, body: { reason: 'a new image' } }
      await t.rejects(site.api('reprovisionNode', again), { code: 'wrong-state', message: words })
      t.match(await rowCounts(site), { run: 1, instance: 1 })
    },
  )

  await t.test(`${netbootPolicy}: a machine known by its serial alone gets no site parameters`, async (t) => {
    const site = await openSite(t, await fresh(t))
    await addDefaultProfile(site.db)
    const unknown = await bootScript(site.open, machine)
    await site.api('addNode', { body: node })
    const known = await bootScript(site.open, machine)
    await site.api('patchNode', { params, body: { netbootPolicy } })
    for (const script of [unknown, known]) await t.rejects(fetchSite(script), new RegExp(`netboot-refused.*${words}`))
    await site.api('addNode', { body: { name: 'pos-18', macs: [machine.mac] } })
    await t.rejects(fetchSite(known), /netboot-refused/, 'nor when it could be another one as well')
    await site.api('patchNode', { params, body: { netbootPolicy: 'allowed' } })
    t.match(await fetchSite(known), { bootMac: machine.mac })
    await site.api('patchNode', { params, body: { serial: 'SN-9', netbootPolicy } })
    await t.rejects(fetchSite(known), /netboot-refused/, 'nor one whose serial was changed since its boot script')
    t.ok(await fetchSite(unknown))
  })
}

await t.test('a machine that appeared by itself is adopted once, and goes on at once', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db)
  await site.api('addBatch', { body: { name: 'lot-7' } })
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'unregistered' } })
  const waiting = agent.next(20)
  const body = { name: 'pos-1', profile: 'debian', batch: 'lot-7' }
  t.match(await site.api('adoptNode', { params, body }), { ...body, registered: true, waiting: null })
  t.match(await waiting, { kind: 'action' })
  await t.rejects(site.api('adoptNode', { params, body: {} }), { code: 'wrong-state', message: /registered already/ })
})

await t.test('the account, disk rule and workflow that apply are frozen in the run', async (t) => {
  const site = await openSite(t, await fresh(t))
  const step = (builtin: 'choose-disk' | 'write-image' | 'seed' | 'reboot') => ({
    id: `own-${builtin}`,
    task: 'own',
    name: builtin,
    uses: { kind: 'builtin' as const, builtin },
    with: {},
    env: {},
    timeout: 60,
    repeatable: true,
  })
  const workflow = [step('choose-disk'), step('write-image'), step('seed'), step('reboot')]
  await addDefaultProfile(site.db, 'debian', { workflow, disk: { prefer: 'largest' } })
  await site.api('addAccount', { body: { name: 'floor', userName: 'floorman', passwordHash: '$6$a$b' } })
  await site.api('addNode', { body: { serial: 'SN-1', account: 'floor', disk: { match: '/dev/sda' } } })
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), {
    kind: 'action',
    action: { id: 'own-choose-disk', with: { rule: { match: '/dev/sda' } } },
  })
  const actions = await site.db.action.findMany({ orderBy: { position: 'asc' } })
  t.strictSame(
    actions.map(({ id }) => id),
    ['own-choose-disk', 'own-write-image', 'own-seed', 'own-reboot'],
  )
  t.match(JSON.stringify(actions[2]?.definition), /name: floorman.*\$6\$a\$b/)
})
