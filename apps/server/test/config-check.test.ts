import type { ProblemError } from '@eims/contracts'
import { configSchema } from '@eims/edge-config'
import t from 'tap'
import { parse } from 'yaml'
import { file, oneOfEach, set } from './support/config-file.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// One promise: a config-file is looked at before it is stored, with what only the server knows, and nothing is stored by that.

const { fresh } = await startDatabases(t)

await t.test('every mistake by its place, and what it would come to on a node', async (t) => {
  const { api, ...site } = await openSite(t, await fresh(t))
  await oneOfEach({ api, ...site })
  const wrong = file('bootOrdr: disk\nsshKey: x\n')
  const checked = await api('checkConfig', { body: { config: wrong, level: 'batch', of: 'lot', node: 'one' } })
  t.match(checked, {
    mistakes: [
      { line: 3, path: 'operatingSystem.bootOrdr' },
      { line: 4, path: 'operatingSystem.sshKey' },
    ],
    result: null,
  })
  await set({ api, ...site }, 'site', file('ntpServers: [a.example]\naptMirror: http://m.example/debian\n'))
  const config = file('ntpServers: [b.example]\n')
  const seen = await api('checkConfig', { body: { config, level: 'batch', of: 'lot', node: 'one' } })
  t.match(seen, { mistakes: [], result: { warnings: [] } })
  t.strictSame(seen.result?.from, [
    { key: 'operatingSystem.aptMirror', level: 'site', name: 'default' },
    { key: 'operatingSystem.ntpServers', level: 'batch', name: 'lot' },
  ])
  t.match(parse(seen.result?.config ?? ''), { operatingSystem: { ntpServers: ['b.example'] } })
  t.equal((await api('getBatch', { params: { id: 'lot' } })).config, null, 'nothing is stored')
  const address = file('network: {address: 192.0.2.9/24}\n')
  t.match(await api('checkConfig', { body: { config: address, level: 'site' } }), { mistakes: [{ line: 3 }] })
  t.match(await api('checkConfig', { body: { config: address, level: 'node', of: 'one', node: 'one' } }), {
    mistakes: [],
    result: {
      from: [{ level: 'site' }, { level: 'site' }, { key: 'operatingSystem.network', level: 'node', name: 'one' }],
    },
  })
  t.match(await api('checkConfig', { body: { config, level: 'batch' } }), { mistakes: [], result: null }, 'one to come')
})

await t.test('*** stands for what is stored, and secrets for what they hold', async (t) => {
  const { api, ...site } = await openSite(t, await fresh(t))
  await oneOfEach({ api, ...site })
  await set({ api, ...site }, 'node', file('users: [{username: root, plainPassword: secret}]\n'))
  const hidden = file('users: [{username: root, passwordHash: "***"}]\n')
  const of = { level: 'node', of: 'one', node: 'one' } as const
  const kept = await api('checkConfig', { body: { config: hidden, ...of } })
  t.match(kept, { mistakes: [], result: { config: /passwordHash: "\*\*\*"/ } })
  t.match(await api('checkConfig', { body: { config: hidden, level: 'batch', of: 'lot' } }), {
    mistakes: [{ sentence: /none is stored/ }],
  })
  const typed = await api('checkConfig', {
    body: { config: hidden.replace('passwordHash: "***"', 'plainPassword: other'), ...of },
  })
  t.notMatch(JSON.stringify(typed), /other|\$6\$/, 'neither password nor hash comes back')
  const cluster = (key: string) => `version: 1.0
kubernetes:
  kind: KThreesControlPlaneTemplate
  apiVersion: controlplane.cluster.x-k8s.io/v1beta2
  spec:
    template:
      spec:
        kthreesConfigSpec:
          files:
            - path: /etc/psa.yaml
              contentFrom: {secret: {name: psa, key: ${key}}}
`
  await api('addSecret', { body: { name: 'psa', values: { 'a.yaml': 'hush' } } })
  const named = await api('checkConfig', { body: { config: cluster('a.yaml'), ...of } })
  t.match(named, { mistakes: [], result: { fromSecrets: [{ path: '/etc/psa.yaml', name: 'psa', key: 'a.yaml' }] } })
  t.notMatch(JSON.stringify(named), /hush/)
  t.match(await api('checkConfig', { body: { config: cluster('b.yaml'), ...of } }), { mistakes: [{}], result: null })
})

await t.test('who may ask, and about what', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  await site.api('addNode', { body: { name: 'other', serial: 'SN-2' } })
  const body = { config: file('ntpServers: [b.example]\n'), level: 'batch', of: 'lot', node: 'other' } as const
  const refusal = async (more: object) =>
    site.api('checkConfig', { body: { ...body, ...more } }).then(
      () => null,
      (error: ProblemError) => error.fields ?? error.code,
    )
  t.match(await refusal({}), [{ path: 'body.node', message: /name one that does/ }])
  t.match(await refusal({ of: null }), [{ path: 'body.node' }])
  t.match(await refusal({ level: 'node', of: 'one' }), [{ path: 'body.node' }])
  t.match(await refusal({ level: 'profile', of: 'nobody' }), 'not-found')
  t.match(await refusal({ node: 'nobody' }), 'not-found')
  t.match(await refusal({ node: 'one' }), null)
  const asViewer = await fetch(new URL('/api/v1/config-files/check', site.admin), {
    method: 'POST',
    headers: { authorization: `Bearer ${site.keys.viewer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  t.equal(asViewer.status, 403, 'mistakes tell of secrets')
  t.strictSame(await site.api('configSchema', {}), JSON.parse(JSON.stringify(configSchema)))
})
