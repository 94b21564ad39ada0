import { ProfileInput } from '@eims/contracts'
import { createImage, createProfile, factsOfIdle, finishImage, getSite } from '@eims/registry'
import t from 'tap'
import { getText } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, finishRun, goodReport, inventory, phoneHomeOf } from './support/machine.ts'
import { addProfile, DIGEST, openSite, rowCounts, type Site } from './support/site.ts'

// One promise: what a node waits for is true at the moment at which it is told, wherever it is told.

const { fresh } = await startDatabases(t)
const converted = {
  sourceSha256: DIGEST,
  rawSha256: DIGEST,
  manifestSha256: DIGEST,
  rawSize: 4096,
  frameCount: 1,
  storedSize: 100,
}

/** A profile whose image is being converted; the image's id. */
async function addConverting({ db }: Site, name: string): Promise<string> {
  const { id } = await createImage(db, { name: `${name}-image`, architecture: 'x86_64', format: 'raw' })
  await createProfile(db, (await getSite(db)).id, ProfileInput.parse({ name, image: `${name}-image` }))
  return id
}

/** The names of all nodes that a filter lets through, by pages of two. */
async function listed(site: Site, filter: string): Promise<string[]> {
  const names: string[] = []
  let pageToken: string | undefined
  do {
    const query = { filter, pageSize: 2, ...(pageToken === undefined ? {} : { pageToken }) }
    const page = await site.api('listNodes', { query })
    names.push(...page.items.map(({ name }) => name))
    pageToken = page.nextPageToken ?? undefined
  } while (pageToken !== undefined)
  return names.sort()
}

await t.test('a machine that waited for its image is not told so any longer when it is ready', async (t) => {
  const site = await openSite(t, await fresh(t))
  const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
  const params = { id: 'SN-1' }
  const image = await addConverting(site, 'new')
  await site.api('addNode', { body: { serial: 'SN-1', profile: 'new' } })
  const agent = await bootAgent(site.open, machine)
  const reason = {
    code: 'image-converting',
    slots: { image: 'new-image', profile: 'new' },
    text: 'image new-image of profile new is still being converted',
  }
  t.strictSame(await agent.next(), { kind: 'wait', reason, retrySeconds: 1 })
  t.match(await bootScript(site.open, machine), `echo eims: ${reason.text}\n`)
  t.strictSame((await site.api('getNode', { params })).waiting, reason)
  t.strictSame((await site.api('listNodes', {})).items[0]?.waiting, reason)
  t.strictSame(await listed(site, 'waiting = image-converting'), ['node-sn-1'])

  await finishImage(site.db, image, converted)
  const before = await rowCounts(site)
  t.equal((await site.api('getNode', { params })).waiting, null)
  t.equal((await site.api('listNodes', {})).items[0]?.waiting, null)
  t.strictSame(await listed(site, 'waiting:*'), [])
  t.strictSame(await rowCounts(site), before, 'nothing was written for it')
  t.match(await bootScript(site.open, machine), 'echo eims: installs profile new\n')
  t.match(await agent.next(), { kind: 'action', index: 1 })
})

await t.test('what it waits for stands on its timeline once, and once more after it went on', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-1' } })
  const params = { id: 'SN-1' }
  const agent = await bootAgent(site.open, { serial: 'SN-1' })
  const waits = async () => {
    const { events } = await site.api('nodeTimeline', { params })
    return events.flatMap(({ data, message }) => (data.waiting ? [message] : []))
  }
  const noProfile = 'waits: node-sn-1 has no profile, and the site has no default profile'
  for (let times = 0; times < 3; times++) await agent.next()
  t.strictSame(await waits(), [noProfile])
  await site.api('holdNode', { params, body: { reason: 'RAM is missing' } })
  for (let times = 0; times < 3; times++) await agent.next()
  t.strictSame(await waits(), [noProfile, 'waits: RAM is missing'])
  await site.api('releaseNode', { params })
  await site.api('patchNode', { params, body: { profile: 'debian' } })
  await finishRun(agent)
  await site.api('reprovisionNode', { params, body: { reason: 'another image' } })
  await site.api('holdNode', { params, body: { reason: 'RAM is missing' } })
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'held' } })
  t.strictSame(await waits(), [noProfile, 'waits: RAM is missing', 'waits: RAM is missing'])
})

/** Nodes in every state, each with what it waits for, as its code; null: for nothing. */
async function hall(t: Parameters<typeof openSite>[0]) {
  const site = await openSite(t, await fresh(t))
  const image = await addConverting(site, 'new')
  await addProfile(site.db, 'debian')
  await addProfile(site.db, 'arm', { architecture: 'arm64' })
  const add = (name: string, more: { profile?: string; netbootPolicy?: 'denied' | 'local' } = { profile: 'debian' }) =>
    site.api('addNode', { body: { name, serial: name, ...more } })
  const boot = (name: string) => bootAgent(site.open, { serial: name })
  const of = (name: string) => ({ params: { id: name } })

  await add('ready')
  for (const name of ['converting-1', 'converting-2', 'converting-3']) await add(name, { profile: 'new' })
  await site.api('provisionNode', of('converting-3'))
  await add('arm', { profile: 'arm' })
  await boot('arm')
  await add('arm-unseen', { profile: 'arm' })
  await add('arm-told', { profile: 'arm' })
  await site.db.node.updateMany({ where: { name: 'arm-told' }, data: { inventory: inventory() } })
  await add('faulty')
  const fault = {
    reason: { code: 'config-unfit', slots: { profile: 'debian', image: 'debian-image', needs: 'k3s' } },
    at: new Date(),
  }
  await site.db.node.updateMany({ where: { name: 'faulty' }, data: { planFault: JSON.parse(JSON.stringify(fault)) } })
  await add('held')
  await site.api('holdNode', { ...of('held'), body: { reason: 'RAM is missing' } })
  await add('denied', { profile: 'debian', netbootPolicy: 'denied' })
  await add('local', { profile: 'new', netbootPolicy: 'local' })
  await add('untrusted')
  await site.db.node.updateMany({ where: { name: 'untrusted' }, data: { state: 'UNTRUSTED' } })
  await add('no-profile', {})
  await boot('stranger')
  await add('asked-for')
  await site.api('provisionNode', of('asked-for'))
  await add('to-begin')
  await boot('to-begin')
  await add('mid-run')
  await (await boot('mid-run')).action()
  await site.api('patchNode', { ...of('mid-run'), body: { netbootPolicy: 'denied' } })
  await add('written')
  await finishRun(await boot('written'))
  await site.api('holdNode', { ...of('written'), body: { reason: 'to the lab' } })
  await add('failed')
  const failed = await boot('failed')
  await failed.end(await failed.action(), { state: 'FAILED' })
  await add('runs')
  const { nodeId } = await boot('runs').then(async (agent) => {
    await finishRun(agent)
    return agent
  })
  const seed = await site.db.action.findFirstOrThrow({ where: { name: 'seed', run: { nodeId: String(nodeId) } } })
  const { token, instanceId } = phoneHomeOf((seed.definition as { with: { [key: string]: unknown } }).with)
  await site.client(site.open, token)('phoneHome', { body: goodReport(instanceId) })

  const waiting: Record<string, string | null> = {
    ready: null,
    'converting-1': 'image-converting',
    'converting-2': 'image-converting',
    'converting-3': 'image-converting',
    arm: 'other-architecture',
    'arm-unseen': null,
    'arm-told': 'other-architecture',
    faulty: 'config-unfit',
    held: 'held',
    denied: 'netboot-denied',
    local: 'netboot-local',
    untrusted: 'untrusted',
    'no-profile': 'no-profile',
    'node-stranger': 'unregistered',
    'asked-for': null,
    'to-begin': null,
    'mid-run': null,
    written: null,
    failed: null,
    runs: null,
  }
  return { site, image, waiting }
}

/** Wherever it is told, it is the same as `waiting`. */
async function agrees(
  t: Parameters<typeof openSite>[0],
  site: Site,
  waiting: Record<string, string | null>,
  when: string,
) {
  const names = Object.keys(waiting).sort()
  const thatWait = names.filter((name) => waiting[name] !== null)
  const shown = (nodes: { name: string; waiting: { code: string } | null }[]) =>
    Object.fromEntries(nodes.map((node) => [node.name, node.waiting?.code ?? null]))
  t.same(shown((await site.api('listNodes', {})).items), waiting, `${when}: the list`)
  const each = await Promise.all(names.map((id) => site.api('getNode', { params: { id } })))
  t.same(shown(each), waiting, `${when}: each by itself`)
  t.strictSame(await listed(site, 'waiting:*'), thatWait, `${when}: waiting:*`)
  t.strictSame(
    await listed(site, 'NOT waiting:*'),
    names.filter((name) => waiting[name] === null),
    `${when}: NOT waiting:*`,
  )
  for (const code of new Set(thatWait.map((name) => String(waiting[name]))))
    t.strictSame(
      await listed(site, `waiting = ${code}`),
      names.filter((name) => waiting[name] === code),
      `${when}: ${code}`,
    )
}

await t.test('lists, bulk actions and exports are filtered by what nodes wait for now', async (t) => {
  const { site, waiting } = await hall(t)
  await agrees(t, site, waiting, 'at first')
  const { kinds, nodes } = await factsOfIdle(site.db)
  t.strictSame(nodes.map(({ name }) => name).sort(), ['faulty', 'node-stranger'], 'those that are looked at one by one')
  t.strictSame(
    kinds.filter(({ node }) => node.name.startsWith('converting')).length,
    2,
    'of each kind one stands for all',
  )
  t.strictSame(await listed(site, 'hold:*'), ['held', 'written'])
  t.strictSame(await listed(site, 'hold:lab'), ['written'])
  t.strictSame(await listed(site, 'waiting = image-converting AND NOT instance.state:*'), [
    'converting-1',
    'converting-2',
  ])
  t.strictSame(await listed(site, 'waiting = held OR waiting:netboot'), ['denied', 'held', 'local'])
  t.strictSame(await listed(site, 'waiting = runs-its-os'), [])
  const among = async (filter: string) => (await listed(site, filter)).join(' ')
  t.equal(await among('waiting = held AND name = denied'), '')
  t.equal(await among('waiting:netboot AND name = denied'), 'denied')
  t.equal(await among('(waiting = held OR name = ready) AND name:e'), 'held ready')
  t.equal(await among('NOT waiting = held AND hold:*'), 'written')
  t.equal(await among('waiting = unregistered AND registered = false'), 'node-stranger')
  t.equal(await among('waiting:* AND waiting != held AND name:den'), 'denied')

  const select = { filter: 'waiting = image-converting' }
  const set = { metadata: { told: 'yes' } }
  t.match(await site.api('bulkNodes', { body: { select, action: 'set', set } }), { matched: 3, done: 3, failed: [] })
  const three = ['converting-1', 'converting-2', 'converting-3']
  t.strictSame(await listed(site, 'metadata.told = yes'), three)
  const exported = async (filter: string) => {
    const { text } = await getText(site, `/api/v1/export.csv?filter=${encodeURIComponent(filter)}`)
    return text.split('\n').slice(1, -1)
  }
  const lines = await exported('waiting = image-converting')
  t.strictSame(
    three.filter((name, index) => !lines[index]?.toLowerCase().includes(name)),
    [],
  )
  t.equal(lines.length, 3)
  t.equal((await exported('waiting:*')).length, 11, 'of those that a person registered')
  t.equal((await exported('waiting:* AND registered = false')).length, 1)

  const held = { select, action: 'hold', reason: 'counted twice' } as const
  t.match(await site.api('bulkNodes', { body: held }), { matched: 3, done: 3 })
  t.match(await site.api('bulkNodes', { body: held }), { matched: 0, done: 0 }, 'they wait for a person now')
  t.strictSame(await listed(site, 'hold:counted'), three)
  t.match(await site.api('bulkNodes', { body: { select: { filter: 'hold:counted' }, action: 'release' } }), { done: 3 })
  await agrees(t, site, waiting, 'released again')
})

await t.test('whatever was changed, nothing stale is told', async (t) => {
  const { site, image, waiting } = await hall(t)
  const now = { ...waiting }
  const change = async (what: string, done: Promise<unknown>, changes: Record<string, string | null>) => {
    await done
    await agrees(t, site, Object.assign(now, changes), what)
  }
  const patch = (id: string, body: object) => site.api('patchNode', { params: { id }, body })
  const [converting, ready] = ['image-converting', null]
  await change('a default profile', site.api('patchSite', { body: { defaultProfile: 'debian' } }), {
    'no-profile': ready,
    'node-stranger': ready,
    // What its plan was made of is another now; whether that mends it shows at the next try.
    faulty: ready,
  })
  await change('who is unknown is refused', site.api('patchSite', { body: { unknownPolicy: 'refuse' } }), {
    'node-stranger': 'unregistered',
  })
  await change(
    'a person asks for each',
    site.api('patchSite', { body: { autoProvision: false, unknownPolicy: null } }),
    {
      'no-profile': 'not-asked-for',
      'node-stranger': 'not-asked-for',
      ready: 'not-asked-for',
      'arm-unseen': 'not-asked-for',
      faulty: 'not-asked-for',
    },
  )
  await change('and takes that back', site.api('patchSite', { body: { autoProvision: true } }), {
    'no-profile': ready,
    'node-stranger': ready,
    ready,
    'arm-unseen': ready,
    faulty: ready,
  })
  await change('another profile', patch('converting-1', { profile: 'debian' }), { 'converting-1': ready })
  await change('back again', patch('converting-1', { profile: 'new' }), { 'converting-1': converting })
  await change('denied', patch('ready', { netbootPolicy: 'denied' }), { ready: 'netboot-denied' })
  await change('allowed', patch('local', { netbootPolicy: 'allowed' }), { local: converting })
  const hold = site.api('holdNode', { params: { id: 'asked-for' }, body: { reason: 'RAM is missing' } })
  await change('held', hold, { 'asked-for': 'held' })
  await change('released', site.api('releaseNode', { params: { id: 'held' } }), { held: ready })
  const again = site.api('reprovisionNode', { params: { id: 'failed' }, body: { reason: 'another image' } })
  await change('to be imaged again', again, {})
  await change('with an image that is not there', patch('failed', { profile: 'new' }), { failed: converting })
  await change('the image is ready', finishImage(site.db, image, converted), {
    'converting-1': ready,
    'converting-2': ready,
    'converting-3': ready,
    local: ready,
    failed: ready,
  })
})
