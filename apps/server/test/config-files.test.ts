import { sha512Crypt } from '@eims/edge-config'
import t from 'tap'
import { parse } from 'yaml'
import { file, oneOfEach, set } from './support/config-file.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun, inventory } from './support/machine.ts'
import { openSite, type Site } from './support/site.ts'

// One promise: a config-file of a site, batch, profile or node is held to its rules when it is stored, keeps no password,
// and reaches the units, the more specific before the less.

const { fresh } = await startDatabases(t)
const SECRETS = /secret|c2VjcmV0/

/** All that is stored or written down anywhere. */
const everything = async (site: Site) =>
  JSON.stringify(
    await site.db.$queryRaw`
      select config as text from site union all select config from batch union all select config from profile
      union all select config from node union all select audit::text from audit union all select event::text from event`,
  )

const shown = async (site: Site, of: 'site' | 'batch' | 'profile' | 'node') => {
  if (of === 'site') return (await site.api('getSite', {})).config
  if (of === 'batch') return (await site.api('getBatch', { params: { id: 'lot' } })).config
  if (of === 'node') return (await site.api('getNode', { params: { id: 'one' } })).config
  return (await site.api('getProfile', { params: { id: 'debian' } })).config
}
const levels = ['site', 'batch', 'profile', 'node'] as const

await t.test(
  'what is stored holds no password and is shown without its hash, which stays when that is sent back',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    await oneOfEach(site)
    for (const level of levels) {
      await set(
        site,
        level,
        file('users: [{username: root, password: c2VjcmV0Cg==}, {username: edge, plainPassword: secret}]\n'),
      )
      const text = (await shown(site, level)) ?? ''
      t.match(parse(text), {
        operatingSystem: { users: [{ username: 'root', passwordHash: '***' }, { passwordHash: '***' }] },
      })
      const hashes = async () => (await everything(site)).match(/\$6\$[^"\\]+/g)
      const before = await hashes()
      await set(site, level, text.replace('username: edge', 'username: edge\n      sudo: false'))
      t.strictSame(await hashes(), before, `${level}: the hashes stay`)
      t.match(await shown(site, level), /sudo: false/)
    }
    const all = await everything(site)
    t.notMatch(all, SECRETS)
    const hashes = all.match(/\$6\$[^"\\]+/g) ?? []
    t.equal(hashes.length, 8, 'two in each column, and none in the audit log or an event')
    t.equal(new Set(hashes).size, 8, 'each with a salt of its own')
    t.ok(hashes.every((hash) => sha512Crypt('secret', hash.split('$')[2]!) === hash))
    await site.api('putProfile', {
      params: { id: 'debian' },
      body: { name: 'debian', image: 'debian-image', config: null },
    })
    t.equal((await shown(site, 'profile')) ?? null, null, 'null clears a profile’s, as everyone’s')
    await site.api('patchNode', { params: { id: 'one' }, body: { config: null } })
    t.equal(await shown(site, 'node'), null)
  },
)

await t.test('a password that is sent again is no change, and another one is, though none is shown', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  const digest = async (level: (typeof levels)[number]) => {
    if (level === 'site') return (await site.api('getSite', {})).configSha256
    if (level === 'batch') return (await site.api('getBatch', { params: { id: 'lot' } })).configSha256
    if (level === 'node') return (await site.api('getNode', { params: { id: 'one' } })).configSha256
    return (await site.api('getProfile', { params: { id: 'debian' } })).updatedAt
  }
  const path = { site: 'site', batch: 'batches/lot', profile: 'profiles/debian', node: 'nodes/one' }
  const headers = { authorization: `Bearer ${site.keys.admin}` }
  const etag = async (level: (typeof levels)[number]) =>
    (await fetch(new URL(`/api/v1/${path[level]}`, site.admin), { headers })).headers.get('etag')
  const withPassword = (plain: string) => file(`users: [{username: root, plainPassword: ${plain}}]\n`)
  for (const level of levels) {
    await set(site, level, withPassword('secret'))
    const [text, first, tag] = [await shown(site, level), await digest(level), await etag(level)]
    const stored = (await everything(site)).match(/\$6\$[^"\\]+/g)
    await set(site, level, withPassword('secret'))
    t.strictSame((await everything(site)).match(/\$6\$[^"\\]+/g), stored, `${level}: the hash stays`)
    if (level !== 'profile') t.equal(await etag(level), tag, level)
    await set(site, level, withPassword('other'))
    t.equal(await shown(site, level), text, `${level}: nothing of it is shown`)
    t.not(await digest(level), first)
    t.not(await etag(level), tag, `${level}: and yet it is another one`)
  }
  const rows = await site.db.$queryRaw<{ bare: string }[]>`
    select encode(sha256(convert_to(config, 'UTF8')), 'hex') as bare from node`
  const told = (await everything(site)) + JSON.stringify(await site.api('getNode', { params: { id: 'one' } }))
  t.notOk(told.includes(rows[0]!.bare), 'a digest by which passwords could be tried out is nowhere')
})

await t.test('many nodes are given one at once', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  await site.api('addNode', { body: { name: 'two', serial: 'SN-2' } })
  const bulk = (config: string | null) =>
    site.api('bulkNodes', { body: { select: { ids: ['one', 'two'] }, action: 'set', set: { config } } })
  t.match(await bulk(file('users: [{username: root, plainPassword: secret}]\n')), { done: 2, failed: [] })
  const hashes = (await everything(site)).match(/\$6\$[^"\\]+/g) ?? []
  t.equal(hashes.length, 2, 'in the nodes, and not in the audit log or an event')
  t.notMatch(await everything(site), SECRETS)
  const { items } = await site.api('listAudit', { query: { filter: 'action = node.patch' } })
  for (const { before, after } of items)
    t.match([before, after], [{ configSha256: null }, { configSha256: /^[0-9a-f]{64}$/ }])
  for (const [wrong, message] of [
    ['network: {address: 192.168.1.2/24}\n', /every machine’s/],
    ['users: [{username: root, passwordHash: "***"}]\n', /none is stored/],
    ['bootOrdr: disk\n', /did you mean bootOrder/],
  ] as const)
    await t.rejects(bulk(file(wrong)), { code: 'invalid-input', fields: [{ path: 'body.set.config', message }] })
  t.match(await bulk(null), { done: 2 })
  t.notMatch(await everything(site), /\$6\$/)
})

await t.test('apply brings batches and nodes to theirs, and a second time does nothing', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  const config = file('users: [{username: root, plainPassword: secret}]\n')
  const own = file('users: [{username: root, plainPassword: secret}]\nnetwork: {address: 192.168.1.2/24}\n')
  const apply = (more: object = {}) =>
    site.api('applyNodes', {
      body: {
        batches: [{ name: 'lot', config }],
        nodes: [
          { name: 'one', config: own },
          { name: 'new', serial: 'SN-9', config },
        ],
        ...more,
      },
    })
  const change = [{ field: 'config', from: null, to: /^a config-file of \d+ lines$/ }]
  const dry = await apply({ dryRun: true })
  t.match(dry, {
    batches: [{ result: 'changed', changes: change }],
    nodes: [{ changes: change }, { result: 'created' }],
  })
  t.notMatch(await everything(site), /\$6\$/)
  t.match(await apply(), { applied: true })
  const all = await everything(site)
  t.notMatch(all, SECRETS, 'nor in the audit log')
  t.equal(all.match(/\$6\$/g)?.length, 3)
  t.match(await site.api('nodeConfig', { params: { id: 'one' } }), {
    from: [
      { key: 'operatingSystem.users', level: 'node' },
      { key: 'operatingSystem.network', level: 'node' },
    ],
  })
  t.match(await apply(), {
    batches: [{ result: 'unchanged' }],
    nodes: [{ result: 'unchanged' }, { result: 'unchanged' }],
  })
  t.match(await apply({ nodes: [{ name: 'one', metadata: { a: '1' } }] }), {
    nodes: [{ changes: [{ field: 'metadata' }] }],
  })
  t.not(await shown(site, 'node'), null, 'what is left out stays')
  await apply({ nodes: [{ name: 'one', config: null }] })
  t.equal(await shown(site, 'node'), null)
  const wrong = await apply({
    batches: [{ name: 'lot', config: own }],
    nodes: [{ name: 'one', config: file('a: b\nb: c\n') }],
  })
  t.match(wrong, {
    applied: false,
    problemsTotal: 3,
    problems: [
      {
        of: 'batches',
        index: 0,
        field: 'config',
        message: /^line 4, column \d+, operatingSystem.network: .*every machine’s/,
      },
      { of: 'nodes', index: 0, field: 'config', message: /^line 3, .* There is no field a/ },
      { of: 'nodes', index: 0, field: 'config', message: /^line 4, / },
    ],
  })
})

await t.test('all mistakes are told at once, each with its place; nothing is stored', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  const wrong = file(
    'users: [{username: root, password: c2VjcmV0Cg==}]\nproxy: {httpProxy: proxy:3128}\nbootOrdr: disk\n',
  )
  for (const level of levels)
    await t.rejects(set(site, level, wrong), {
      code: 'invalid-input',
      fields: [
        { path: 'body.config', message: /^line 4, column 22, operatingSystem.proxy.httpProxy: / },
        { path: 'body.config', message: /^line 5, column 13, operatingSystem.bootOrdr: .*did you mean bootOrder/ },
      ],
    })
  await t.rejects(site.api('addNode', { body: { serial: 'SN-2', config: wrong } }), { code: 'invalid-input' })
  await t.rejects(set(site, 'batch', file('network: {address: 192.168.1.2/24}\n')), {
    code: 'invalid-input',
    fields: [{ message: /every machine’s/ }],
  })
  t.notMatch(await everything(site), /\$6\$|c2VjcmV0/)
})

await t.test(
  'of each key the most specific reaches the unit, merged with ours and the profile’s cloud-config',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    await oneOfEach(site)
    await site.api('patchSite', { body: { httpProxy: 'http://of-site:3128', ntpServers: ['of-site'] } })
    await set(
      site,
      'site',
      file('ntpServers: [site]\nfiles: [{path: /etc/from, content: site}]\nhugePages: {count: 4, size: 1G}\n'),
    )
    await set(site, 'batch', file('proxy: {httpProxy: "http://u:secret@batch:3128"}\n'))
    await site.api('putProfile', {
      params: { id: 'debian' },
      body: {
        name: 'debian',
        image: 'debian-image',
        account: { userName: 'edge', passwordHash: '$6$saltsalt$account' },
        cloudConfig: '#cloud-config\nruncmd: [last]\n',
        config: file('commands: {before: [one], after: [two]}\nbootOrder: network\n'),
      },
    })
    await set(
      site,
      'node',
      file(
        'users: [{username: root, plainPassword: secret}]\nnetwork: {address: 192.168.1.2/24, gateway: 192.168.1.1}\n',
      ),
    )

    const merged = await site.api('nodeConfig', { params: { id: 'one' } })
    t.strictSame(Object.fromEntries(merged.from.map(({ key, level, name }) => [key, `${level} ${name}`])), {
      'operatingSystem.ntpServers': 'site default',
      'operatingSystem.files': 'site default',
      'operatingSystem.hugePages': 'site default',
      'operatingSystem.proxy': 'batch lot',
      'operatingSystem.commands': 'profile debian',
      'operatingSystem.bootOrder': 'profile debian',
      'operatingSystem.users': 'node one',
      'operatingSystem.network': 'node one',
    })
    t.match(merged, { kernelArguments: ['hugepagesz=1G', 'hugepages=4'], bootOrder: 'network' })
    t.notMatch(merged.config, /secret|\$6\$/)

    const nics = [{ name: 'eth0', mac: '52:54:00:aa:00:01', driver: 'igb', link: true, speed: 1000, boot: true }]
    await finishRun(
      await bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' }, { found: { ...inventory(), nics } }),
    )
    const actions = await site.db.action.findMany({ orderBy: { position: 'asc' } })
    const argumentsOf = (name: string) => {
      const { definition } = actions.find((action) => action.name === name) ?? {}
      return (definition as { with: Record<string, unknown> }).with
    }
    const seed = argumentsOf('seed') as Record<string, string>
    const config = parse(seed.userData ?? '', { version: '1.1' })
    t.match(config.users, [{ name: 'edge' }, { name: 'root', hashed_passwd: /^\$6\$/ }])
    t.strictSame(config.runcmd.slice(-4), ['one', 'two', 'last', ['touch', '/run/eims/commands-done']])
    t.notMatch(seed.userData, /of-site/, 'the site’s own proxy and time servers are not said beside')
    t.match(seed.userData, /server site iburst/)
    t.match(
      seed.userData,
      /"secrets": \[\s+"\$6\$saltsalt\$account",\s+"\$6\$/,
      'hashes are erased when the first boot is over',
    )
    t.match(parse(seed.networkConfig ?? ''), { ethernets: { nic0: { addresses: ['192.168.1.2/24'] } } })
    t.strictSame(argumentsOf('kernel-args').add, ['hugepagesz=1G', 'hugepages=4'])
    t.equal(argumentsOf('boot-order').bootOrder, 'network')
  },
)

await t.test('a node without any is told so', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  t.match(await site.api('nodeConfig', { params: { id: 'one' } }), { config: null, from: [], warnings: [] })
})

await t.test('what another version has stored and this one cannot read is named; no run is made of it', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  await site.db.$executeRaw`update batch set config = ${'version: 7\n'}`
  const wanted = {
    code: 'wrong-state',
    message: /^the config-file of the batch lot cannot be read by this version \(line 1, .*\); set it anew/,
  }
  await t.rejects(site.api('nodeConfig', { params: { id: 'one' } }), wanted)
  await t.rejects(bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' }).then((agent) => agent.action()))
  t.equal(await site.db.run.count(), 0)
  await set(site, 'batch', 'version: 1.0\n')
  t.match(await site.api('nodeConfig', { params: { id: 'one' } }), { from: [] })
})

await t.test('a unit whose stored config-file this version cannot read waits and says why', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  await site.db.batch.updateMany({ data: { config: 'version: 9.0\npassword: secret\n' } })
  const agent = await bootAgent(site.open, { serial: 'SN-1' })
  const why = { code: 'config-unreadable', slots: { level: 'batch', name: 'lot' } }
  t.match(await agent.next(), { kind: 'wait', reason: why })
  const { waiting } = await site.api('getNode', { params: { id: 'one' } })
  t.match(waiting, why)
  t.notMatch(JSON.stringify(waiting), SECRETS)
  await set(site, 'batch', file('bootOrder: disk\n'))
  await site.db.$executeRaw`update node set plan_fault = jsonb_set(plan_fault, '{at}', '"2020-01-01T00:00:00Z"')`
  t.match(await agent.next(), { kind: 'action' })
})
