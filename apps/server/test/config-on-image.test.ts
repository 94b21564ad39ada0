import t from 'tap'
import { parse } from 'yaml'
import { file, oneOfEach, set } from './support/config-file.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun } from './support/machine.ts'
import { openSite } from './support/site.ts'

// What config-files and the K3s of an image come to on a unit, and what waits because it can be on none.

const { fresh } = await startDatabases(t)

await t.test(
  'an image that carries K3s makes a cluster where nothing else is said, and one without is not touched',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    await oneOfEach(site)
    const of = () => site.api('nodeConfig', { params: { id: 'one' } })
    const image = (k3sVersion: string | null) =>
      site.api('patchImage', { params: { id: 'debian-image' }, body: { k3sVersion } })
    const profile = (more: object) =>
      site.api('putProfile', { params: { id: 'debian' }, body: { name: 'debian', image: 'debian-image', ...more } })
    t.match(await of(), { config: null, cluster: null })
    await image('v1.33.5+k3s1')
    const byImage = { by: 'image', k3sVersion: 'v1.33.5+k3s1' }
    t.match(await of(), { config: null, from: [], cluster: byImage, warnings: [] })
    for (const [of2, off] of [
      ['site', 'kubernetes: none\n'],
      ['node', file('hostType: container\n')],
    ] as const) {
      await set(site, of2, off)
      t.match(await of(), { cluster: null }, of2)
      await set(site, of2, 'version: 1.0\n')
      t.match(await of(), { cluster: byImage })
    }
    const join = '#cloud-config\nruncmd: ["curl -sfL https://get.k3s.io | K3S_URL=https://a:6443 sh -"]\n'
    const step = (builtin: string, more: object = {}) => ({
      id: builtin,
      task: 'provision',
      name: builtin,
      uses: { kind: 'builtin', builtin },
      timeout: 60,
      with: more,
    })
    const place = { partition: 1, fsType: 'ext4', path: '/etc/rancher/k3s/config.yaml', uid: 0, gid: 0 }
    const joins = step('write-file', { ...place, contents: 'server: https://a:6443', mode: '600', dirMode: '755' })
    const workflow = [step('choose-disk'), step('write-image'), joins, step('seed'), step('reboot')]
    for (const own of [
      { cloudConfig: '#cloud-config\nruncmd: [sh /opt/install.sh]\n' },
      { cloudConfig: join },
      { workflow },
    ]) {
      await profile(own)
      t.match(await of(), { cluster: null }, 'a profile that installs K3s by itself is left alone')
    }
    await profile({ workflow: null })
    await set(
      site,
      'batch',
      'kubernetes: {kind: KThreesControlPlaneTemplate, apiVersion: controlplane.cluster.x-k8s.io/v1beta2, spec: {template: {spec: {kthreesConfigSpec: {version: v1.30.1+k3s1}}}}}\n',
    )
    t.match(await of(), {
      cluster: { by: 'config-file' },
      warnings: [/^batch lot: kubernetes.*version The image has K3s v1\.33\.5\+k3s1/],
    })

    await image('none')
    t.match((await of()).warnings.at(-1), /none that could be installed\. .*kubernetes: none/)
    const agent = await bootAgent(site.open, { serial: 'SN-1' })
    const why = { code: 'config-unfit', slots: { profile: 'debian', image: 'debian-image', needs: 'k3s' } }
    t.match(await agent.next(), { kind: 'wait', reason: why })
    t.match((await site.api('getNode', { params: { id: 'one' } })).waiting, why)
    const { remedy } = await site.api('diagnosis', { query: { node: 'one' } })
    t.match(remedy.join(), /images set debian-image --k3s-version/)
    t.equal(await site.db.run.count(), 0)
    await set(site, 'batch', 'version: 1.0\n')
    await image('v1.33.5+k3s1')
    await finishRun(agent)
    const { definition } = (await site.db.action.findMany()).find(({ name }) => name === 'seed') ?? {}
    const { userData } = (definition as { with: { userData: string } }).with
    t.match(parse(userData, { version: '1.1' }).runcmd.join('\n'), /sh \/opt\/install\.sh/)
  },
)

await t.test('a unit with an immutable OS gets no installer', async (t) => {
  const site = await openSite(t, await fresh(t))
  await oneOfEach(site)
  await set(site, 'site', file('installer: {script: "true", timeoutMinutes: 30}\n'))
  const of = () => site.api('nodeConfig', { params: { id: 'one' } })
  t.match((await of()).warnings, [/may take 30 minutes, and profile debian gives .* 1800 seconds/])
  const body = { name: 'debian', image: 'debian-image', type: 'immutable' as const }
  await site.api('putProfile', { params: { id: 'debian' }, body })
  t.match((await of()).warnings.at(-1), /installer changes the OS, and the image is immutable/)
  const orchestratorCa = '-----BEGIN CERTIFICATE-----\nQUFB\n-----END CERTIFICATE-----'
  await site.api('patchSite', { body: { orchestratorCa } })
  t.match((await of()).warnings.at(-1), /^the site’s orchestratorCa is done where the image has update-ca-trust/)
  const agent = await bootAgent(site.open, { serial: 'SN-1' })
  const why = { code: 'config-unfit', slots: { profile: 'debian', needs: 'mutable' } }
  t.match(await agent.next(), { kind: 'wait', reason: why })
})
