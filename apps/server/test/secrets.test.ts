import { gunzipSync } from 'node:zlib'
import { waitingForLocks } from '@eims/lab'
import t from 'tap'
import { parse } from 'yaml'
import { secretsFor } from '../src/engine/secrets.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// One promise: what a secret holds reaches the units whose config-files name it, is erased there after the first boot, and
// is told nobody; nothing that names a secret is left without it.

const { fresh } = await startDatabases(t)
const VALUE = 'the-value-that-nobody-is-told'
const PATH = '/var/lib/rancher/k3s/server/psa.yaml'

const cluster = (key = 'psa.yaml', name = 'admission') => `version: 1.0
kubernetes:
  kind: KThreesControlPlaneTemplate
  apiVersion: controlplane.cluster.x-k8s.io/v1beta2
  spec:
    template:
      spec:
        kthreesConfigSpec:
          files:
            - path: ${PATH}
              contentFrom:
                secret:
                  name: ${name}
                  key: ${key}
`

const add = (site: Site, values: Record<string, string> = { 'psa.yaml': VALUE, other: 'x' }) =>
  site.api('addSecret', { body: { name: 'admission', values } })
const setOf = {
  site: (site: Site, config: string | null) => site.api('patchSite', { body: { config } }),
  node: (site: Site, config: string | null) => site.api('patchNode', { params: { id: 'one' }, body: { config } }),
}
const params = { id: 'admission' }

async function withNode(site: Site) {
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
}

/** All that is written down anywhere but in the table of secrets and in the plans of runs. */
const written = async (site: Site) =>
  JSON.stringify(
    await site.db.$queryRaw`
      select config as text from site union all select config from node union all select audit::text from audit
      union all select event::text from event union all select node::text from node union all select reply from idempotency`,
  )

await t.test('replies, events and the audit log tell keys and sizes, never a value', async (t) => {
  const site = await openSite(t, await fresh(t))
  const made = await add(site)
  t.match(made, {
    name: 'admission',
    keys: [
      { key: 'other', bytes: 1 },
      { key: 'psa.yaml', bytes: VALUE.length },
    ],
  })
  const changed = await site.api('patchSecret', { params, body: { values: { other: null, third: VALUE } } })
  t.strictSame(
    changed.keys.map(({ key }) => key),
    ['psa.yaml', 'third'],
  )
  t.strictSame(await site.api('patchSecret', { params, body: { values: { third: VALUE } } }), changed, 'twice is once')
  const said = [changed, await site.api('listSecrets', { query: {} }), await site.api('getSecret', { params })]
  await site.api('deleteSecret', { params })
  t.notMatch(JSON.stringify(said) + (await written(site)), VALUE)
  const audit = await site.api('listAudit', { query: { filter: 'action = secret.change' } })
  t.match(audit.items.at(-1), { before: { keys: [{ key: 'other' }, {}] }, after: { keys: [{}, { key: 'third' }] } })
})

await t.test('names, keys and values are held to bounds, and no refusal quotes a value', async (t) => {
  const site = await openSite(t, await fresh(t))
  const long = 'x'.repeat(128 * 1024)
  const many = (count: number, value: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]))
  for (const [body, path] of [
    [{ name: 'Upper', values: { key: VALUE } }, 'body.name'],
    [{ name: 'a..b', values: { key: VALUE } }, 'body.name'],
    [{ name: 'a', values: { 'no key': VALUE } }, 'body.values.no key'],
    [{ name: 'a', values: { '..': VALUE } }, 'body.values...'],
    [{ name: 'a', values: { key: `${long}${VALUE}` } }, 'body.values.key'],
    [{ name: 'a', values: { key: 'ü'.repeat(70_000) } }, 'body.values.key'],
    [{ name: 'a', values: {} }, 'body.values'],
    [{ name: 'a', values: many(65, VALUE) }, 'body.values'],
    [{ name: 'a', values: many(9, long) }, 'body.values'],
  ] as const) {
    const refused = await site.api('addSecret', { body }).catch((error: unknown) => error)
    t.match(refused, { code: 'invalid-input', fields: [{ path }] }, path)
    t.notMatch(JSON.stringify(refused) + String(refused), VALUE)
  }
  await site.api('addSecret', { body: { name: 'full', values: many(8, long) } })
  const more = { params: { id: 'full' }, body: { values: { more: 'x' } } }
  await t.rejects(site.api('patchSecret', more), { code: 'invalid-input', message: /more than 1048576 bytes/ })
  await add(site)
  await t.rejects(add(site), { code: 'already-exists' })
  const none = { 'psa.yaml': null, other: null }
  await t.rejects(site.api('patchSecret', { params, body: { values: none } }), { message: /leaves no key/ })
  await t.rejects(site.api('getSecret', { params: { id: 'admision' } }), { message: /did you mean admission\?/ })
})

await t.test('a config-file that names what is not there is refused where it says so', async (t) => {
  const site = await openSite(t, await fresh(t))
  await withNode(site)
  await add(site)
  const refused = {
    code: 'invalid-input',
    fields: [{ path: 'body.config', message: /^line 12, column 17, .*contentFrom: There is no .* of a secret/ }],
  }
  for (const config of [cluster('psa.yml'), cluster('psa.yaml', 'admision')]) {
    await t.rejects(setOf.site(site, config), refused)
    await t.rejects(setOf.node(site, config), refused)
  }
  await setOf.site(site, cluster())
  t.notMatch(await written(site), VALUE)
})

await t.test('the unit gets it, nobody else sees it, and its first boot erases it', async (t) => {
  const site = await openSite(t, await fresh(t))
  await withNode(site)
  await add(site)
  await setOf.site(site, cluster())
  const shown = await site.api('nodeConfig', { params: { id: 'one' } })
  t.strictSame(shown.fromSecrets, [{ path: PATH, name: 'admission', key: 'psa.yaml' }])
  t.match(shown.config, /contentFrom:\s+secret:\s+name: admission/)
  await finishRun(await bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' }))
  const seed = await site.db.action.findFirstOrThrow({ where: { name: 'seed' } })
  const { userData } = (seed.definition as { with: { userData: string } }).with
  const file = parse(userData, { version: '1.1' }).write_files.find(({ path }: { path: string }) => path === PATH)
  t.equal(gunzipSync(Buffer.from(file.content, 'base64')).toString(), VALUE)
  const settings = JSON.parse(/END-OF-SETTINGS'\n([\s\S]*?)\n\s*END-OF-SETTINGS/.exec(userData)![1]!)
  t.ok(settings.secrets.includes(file.content))
  t.equal(userData.split(file.content).length, 3, 'in its file, and where the first boot is told what to erase')
  const seen = JSON.stringify([
    shown,
    await site.api('getNode', { params: { id: 'one' } }),
    await site.api('nodeTimeline', { params: { id: 'one' } }),
  ])
  t.notMatch(seen + (await written(site)), VALUE)
  t.notOk(seen.includes(file.content))
})

await t.test('what config-files name stays, and who does is told', async (t) => {
  const site = await openSite(t, await fresh(t))
  await withNode(site)
  await add(site)
  await setOf.site(site, cluster())
  await setOf.node(site, cluster())
  const inUse = {
    code: 'in-use',
    message: /^Secret admission is named by the config-file of (site default, node one|node one, site default)\.$/,
  }
  await t.rejects(site.api('deleteSecret', { params }), inUse)
  await t.rejects(site.api('patchSecret', { params, body: { values: { 'psa.yaml': null } } }), inUse)
  await site.api('patchSecret', { params, body: { values: { other: null } } })
  await setOf.site(site, null)
  await setOf.node(site, `version: 1.0\noperatingSystem: {files: [{path: /etc/a, content: admission psa.yaml}]}\n`)
  await site.api('deleteSecret', { params })
})

await t.test('what a config-file is about to name is not removed meanwhile', async (t) => {
  const registry = await fresh(t)
  const site = await openSite(t, registry)
  await withNode(site)
  await add(site)
  const { removing } = await registry.transaction(async (tx) => {
    const named = await secretsFor(tx, [cluster()])
    t.equal(named('admission', 'psa.yaml'), VALUE)
    const meanwhile = site.api('deleteSecret', { params }).then(
      () => null,
      (error: unknown) => error,
    )
    await waitingForLocks(site.db, 1)
    await tx.node.updateMany({ data: { config: cluster() } })
    return { removing: meanwhile }
  })
  t.match(await removing, { code: 'in-use', message: /node one/ })
})

await t.test('a run whose secret has gone waits, says which, and goes on when it is there', async (t) => {
  const site = await openSite(t, await fresh(t))
  await withNode(site)
  await add(site)
  await setOf.site(site, cluster())
  await site.db.secret.deleteMany()
  const agent = await bootAgent(site.open, { serial: 'SN-1' })
  const slots = { level: 'site', name: 'default', secret: 'admission', key: 'psa.yaml' }
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'secret-missing', slots } })
  const { waiting } = await site.api('getNode', { params: { id: 'one' } })
  t.match(waiting, { code: 'secret-missing', text: /names the secret admission\/psa\.yaml/ })
  await t.rejects(site.api('nodeConfig', { params: { id: 'one' } }), { code: 'wrong-state' })
  await add(site)
  t.match(await agent.next(), { kind: 'action' })
})
