import t from 'tap'
import { clusterOf, type Facts, mergeLevels, readConfig, renderConfig, unmetBy, writeConfig } from '../src/index.ts'
import { configOf, context, system, told } from './support/config.ts'

// The section kubernetes of a config-file, written as the design proposal writes it, sets up a cluster between the commands that
// come before it and those that come after, and stays the same when the file is stored.

const facts: Facts = { nodeName: 'pos-17', nics: [], imageType: 'immutable', account: null, siteProxy: null }
const text = `${system(`proxy: {httpProxy: "http://proxy:3128", httpsProxy: "http://proxy:3128"}
commands: {before: [first], after: [last]}
`)}kubernetes:
  kind: "KThreesControlPlaneTemplate"
  apiVersion: "controlplane.cluster.x-k8s.io/v1beta2"
  spec:
    template:
      spec:
        version: "v1.33.0+k3s1"
        files:
          path: "/var/lib/x/hello.txt"
          content: |
            {{ hello }}
        preK3sCommands:
          - "mkdir -p /etc/systemd/system/k3s.service.d"
          - "echo '[Service]
EnvironmentFile=/etc/environment' > /etc/systemd/system/k3s.service.d/override.conf"
        agentConfig:
          kubeletArgs:
            - "--max-pods=250"
          airGapped: true
          airGappedInstallScriptPath: "/opt/install.sh"
        serverConfig:
          kubeControllerManagerArgs:
          clusterCidr: "10.52.0.0/16"
          serviceCidr: "10.53.0.0/16"
`

await t.test('as the proposal has it', async (t) => {
  const { mistakes, warnings } = told(text)
  t.strictSame(mistakes, [])
  t.match(
    warnings.find((warning) => warning.startsWith('18 ')),
    /the break is read as a line break/,
  )
  const { cloudConfig } = renderConfig(configOf(text), facts)
  const runcmd = cloudConfig.runcmd as string[]
  const at = (pattern: RegExp) => runcmd.findIndex((command) => pattern.test(command))
  const order = [
    /^first$/,
    /^mkdir -p \/etc\/systemd/,
    /^echo '\[Service\]\nEnv/,
    /sh \/opt\/install.sh/,
    /^last$/,
  ].map(at)
  t.strictSame(
    order,
    order.toSorted((a, b) => a - b),
    'one list, in order',
  )
  t.ok(order.every((index) => index >= 0))
  const files = cloudConfig.write_files as { path: string; content: string }[]
  const contentOf = (path: string) => files.find((file) => file.path === path)?.content ?? ''
  t.match(contentOf('/etc/rancher/k3s/config.yaml'), /cluster-cidr: "?10.52.0.0\/16/)
  t.equal(contentOf('/var/lib/x/hello.txt'), '{{ hello }}\n')
  t.match(contentOf('/etc/environment'), /no_proxy=".*10\.52\.0\.0\/16,10\.53\.0\.0\/16,\.svc,\.cluster\.local/)
})

await t.test('it stays the same when it is stored', async (t) => {
  const config = configOf(text)
  const again = readConfig(writeConfig(config), context)
  t.strictSame(again.mistakes, [])
  t.strictSame(renderConfig(again.config!, facts), renderConfig(config, facts))
})

await t.test('an address that a less specific file’s cluster would take is told', async (t) => {
  const network = 'network: {address: 10.52.0.7/24}\n'
  t.match(told(text.replace('  proxy:', `  ${network}  proxy:`)).mistakes, [/overlaps 10.52.0.0\/16/])
  const { config } = mergeLevels({ site: configOf(text), node: configOf(system(network)) })
  t.match(renderConfig(config, facts).told, [/The unit’s network 10.52.0.7\/24 overlaps 10.52.0.0\/16/])
})

await t.test('no cluster, the image’s defaults, and what is no cluster', async (t) => {
  const runcmd = (more: string) => JSON.stringify(renderConfig(configOf(more), facts).cloudConfig.runcmd ?? [])
  for (const on of [
    'kubernetes: {kind: KThreesControlPlaneTemplate}\n',
    'kubernetes:\n',
    system('hostType: kubernetes\n'),
  ])
    t.match(runcmd(on), /\/opt\/install.sh/, on)
  for (const off of ['kubernetes: none\n', 'version: 1.0\n', `${system('hostType: container\n')}kubernetes:\n`])
    t.equal(runcmd(off), '[]', off)
  t.match(told('kubernetes: {kind: KThreesControlPlaneTemplate, spek: {a: b}}\n').mistakes.join(), /spek/)
})

await t.test('where nothing is said the image decides, and a template is not set up where K3s is not', async (t) => {
  const of = (given: string, imageK3s: 'yes' | 'no' | 'unknown') => {
    const [config, all] = [configOf(given), { ...facts, imageK3s }]
    const installs = JSON.stringify(renderConfig(config, all).cloudConfig).includes('sh /opt/install.sh')
    t.equal(installs, clusterOf(config, all) !== null)
    return [clusterOf(config, all)?.by ?? null, ...unmetBy(config, all).map(({ need }) => need)]
  }
  const bare = 'version: 1.0\n'
  t.strictSame(of(bare, 'yes'), ['image'])
  t.strictSame(of(system('ntpServers: [a]\n'), 'yes'), ['image'])
  t.strictSame(of(bare, 'unknown'), [null])
  t.strictSame(of(bare, 'no'), [null])
  for (const off of ['kubernetes: none\n', 'kubernetes: {kind: none}\n', system('hostType: container\n')])
    t.strictSame(of(off, 'yes'), [null], off)
  for (const own of [
    'commands: ["INSTALL_K3S_SKIP_DOWNLOAD=true sh /opt/install.sh"]\n',
    'commands: {before: ["curl -sfL https://get.k3s.io | K3S_URL=https://a:6443 sh -"]}\n',
    'commands: [[/usr/local/bin/k3s, agent, --server, "https://a:6443"]]\n',
    'installer: {script: "systemctl enable --now k3s"}\n',
    'services: {enable: [k3s-agent]}\n',
  ])
    t.equal(clusterOf(configOf(system(own)), { imageK3s: 'yes' }), null, own)
  t.strictSame(of(system('commands: ["ln -s /usr/local/bin/k3s /usr/bin/kubectl"]\n'), 'yes'), ['image'])
  const off = mergeLevels({ site: configOf('kubernetes: none\n'), node: configOf(bare) }).config
  t.equal(clusterOf(off, { imageK3s: 'yes' }), null, 'at any level')
  for (const on of [text, 'kubernetes: {kind: KThreesControlPlaneTemplate}\n', system('hostType: kubernetes\n')]) {
    t.strictSame(of(on, 'yes'), ['config-file'], on)
    t.strictSame(of(on, 'unknown'), ['config-file'])
    t.strictSame(of(on, 'no'), ['config-file', 'k3s'])
  }
  const brings = 'cp /usr/share/site/install.sh /opt/install.sh'
  t.strictSame(of(text.replace('[first]', `["${brings}"]`), 'no'), ['config-file'], 'the OS brings it')
  t.strictSame(
    of(text.replace('mkdir -p /etc/systemd/system/k3s.service.d', brings), 'no'),
    ['config-file'],
    'K3s does',
  )
})

await t.test('another version than the image’s is told', async (t) => {
  const { mistakes, warnings } = told(text, { imageVersion: 'v1.33.5+k3s1' })
  t.strictSame(mistakes, [])
  t.match(
    warnings.find((warning) => /version/.test(warning)),
    /spec\.template\.spec\.version: The image has K3s v1\.33\.5\+k3s1, which is installed whatever is written here/,
  )
  t.notMatch(told(text, { imageVersion: 'v1.33.0+k3s1' }).warnings.join(), /The image has K3s/)
})
