import type { Nic } from '@eims/contracts'
import t from 'tap'
import { type Facts, mergeLevels, renderConfig } from '../src/index.ts'
import { configOf, context, system, told } from './support/config.ts'

// A config-file becomes one cloud-config, one network config, and what neither can do, said.

const nic = (of: Partial<Nic>): Nic => ({
  name: 'eth0',
  mac: '52:54:00:00:00:01',
  driver: 'e1000e',
  link: true,
  speed: 1000,
  boot: false,
  ...of,
})
const plain: Facts = { nodeName: 'pos-17', nics: [], imageType: 'mutable', account: null, siteProxy: null }
const render = (text: string, facts: Partial<Facts> = {}) =>
  renderConfig(configOf(system(text)), { ...plain, ...facts })
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPMBTHrMgVsKiJyrZKoIWwDOPmlN7BpCPqpaXDm9obs6'

await t.test('nothing comes of nothing', async (t) => {
  t.strictSame(renderConfig(configOf('version: 1.0\n'), plain), {
    cloudConfig: {},
    networkConfig: null,
    kernelArguments: [],
    bootOrder: null,
    addons: [],
    fromSecrets: [],
    secrets: [],
    told: [],
  })
})

await t.test('users', async (t) => {
  t.strictSame(
    render(`users:\n  - {username: root, plainPassword: a}\n  - {username: edge, groups: [render]}\nsshKey: ${KEY}\n`)
      .cloudConfig,
    {
      users: [
        { name: 'root', lock_passwd: false, hashed_passwd: context.crypt('a'), ssh_authorized_keys: [KEY] },
        {
          name: 'edge',
          shell: '/bin/bash',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          groups: ['render'],
          lock_passwd: true,
          ssh_authorized_keys: [KEY],
        },
      ],
      disable_root: false,
    },
  )
  const account = { userName: 'edge', sshKeys: ['ssh-ed25519 account'], passwordHash: '$6$account' }
  t.match(render(`users: [{username: edge, sudo: false}]\nsshKey: ${KEY}\n`, { account }).cloudConfig.users, [
    { name: 'edge', hashed_passwd: '$6$account', ssh_authorized_keys: ['ssh-ed25519 account', KEY] },
  ])
  t.match(render(`sshKey: ${KEY}\n`, { account }).cloudConfig.users, [
    { ssh_authorized_keys: ['ssh-ed25519 account', KEY] },
  ])
  t.strictSame(render(`sshKey: ${KEY}\n`).told, ['operatingSystem.sshKey has no effect: the unit gets no user'])
})

await t.test('proxies reach the OS, its package manager and its services, and what is near goes without', async (t) => {
  const text = `proxy: {httpProxy: "http://u%40x:p@proxy:3128", noProxy: .corp}
network: {address: 192.168.1.2/24}
hostType: kubernetes
`
  const { cloudConfig } = render(text)
  const no = 'localhost,127.0.0.1,::1,pos-17,192.168.1.2,10.42.0.0/16,10.43.0.0/16,.svc,.cluster.local,.corp'
  t.strictSame(cloudConfig.apt, { http_proxy: 'http://u%40x:p@proxy:3128' })
  const files = cloudConfig.write_files as { path: string; content: string; append?: boolean }[]
  t.strictSame(files[0], {
    path: '/etc/environment',
    append: true,
    content: `http_proxy="http://u%40x:p@proxy:3128"
HTTP_PROXY="http://u%40x:p@proxy:3128"
no_proxy="${no}"
NO_PROXY="${no}"
`,
  })
  const content = `[Service]
Environment="http_proxy=http://u%%40x:p@proxy:3128"
Environment="HTTP_PROXY=http://u%%40x:p@proxy:3128"
Environment="no_proxy=${no}"
Environment="NO_PROXY=${no}"
`
  t.strictSame(
    files.slice(1, 5),
    ['containerd', 'docker', 'k3s', 'k3s-agent'].map((name) => ({
      path: `/etc/systemd/system/${name}.service.d/50-site-proxy.conf`,
      content,
    })),
  )
  t.notOk('apt' in render(text, { imageType: 'immutable' }).cloudConfig)
  const siteProxy = { httpProxy: 'http://site:1', noProxy: '.site' }
  t.match(
    render('ntpServers: a\n', { siteProxy }).cloudConfig.apt,
    { https_proxy: 'http://site:1' },
    'of the site, else',
  )
  t.match(render(text, { siteProxy }).cloudConfig.apt, { http_proxy: 'http://u%40x:p@proxy:3128' })
  t.notOk('apt' in render('proxy: {noProxy: .corp}\n').cloudConfig, 'with none, nothing is reached without one')
})

await t.test('all commands are one list, in the order in which they run', async (t) => {
  const { cloudConfig } = render(`services: {enable: [docker], disable: apache2}
ssh: {enabled: true, permitRootLogin: "no"}
commands:
  before: [one, [two, "a b"]]
  after: ["three\\nfour"]
`)
  const ssh = (verb: string) => `systemctl ${verb} ssh.service 2>/dev/null || systemctl ${verb} sshd.service || true`
  t.strictSame(cloudConfig.runcmd, [
    ssh('enable --now'),
    ssh('try-restart'),
    ['systemctl', 'enable', '--now', 'docker'],
    ['systemctl', 'disable', '--now', 'apache2'],
    'one',
    ['two', 'a b'],
    'three\nfour',
  ])
  t.strictSame(cloudConfig.write_files, [
    { path: '/etc/ssh/sshd_config.d/10-site.conf', content: 'PermitRootLogin no\n' },
  ])
})

await t.test('files: whose owner is made by cloud-init itself is written after its user', async (t) => {
  const text =
    'files: [{path: /etc/a, content: "x\\n", append: true}, {path: /etc/b, content: eA==, encoding: base64, owner: edge, permissions: 600}]\n'
  t.strictSame(render(text).cloudConfig.write_files, [
    { path: '/etc/a', content: 'x\n', append: true },
    { path: '/etc/b', content: 'eA==', owner: 'edge:edge', permissions: '0600', encoding: 'b64', defer: true },
  ])
})

await t.test('files of the cluster, too, are written after their owner is made', async (t) => {
  const spec = 'files: [{path: /etc/a, content: x, owner: "edge:edge"}, {path: /etc/b, content: x, owner: "root:root"}]'
  const cluster = `kubernetes: {kind: KThreesControlPlaneTemplate, spec: {template: {spec: {kthreesConfigSpec: {${spec}}}}}}\n`
  const files = renderConfig(configOf(`version: 1.0\n${cluster}`), plain).cloudConfig.write_files as { path: string }[]
  const of = (path: string) => files.find((file) => file.path === path)
  t.match(of('/etc/a'), { owner: 'edge:edge', defer: true })
  t.notOk('defer' in of('/etc/b')!)
})

await t.test('a static address is on the NIC that the machine boots from', async (t) => {
  const text =
    'network: {address: 192.168.1.2, netmask: 255.255.255.0, gateway: 192.168.1.1, dnsServers: [192.168.1.1], searchDomains: corp}\n'
  const nics = [nic({}), nic({ mac: '52:54:00:00:00:0A', boot: true })]
  const fixed = {
    dhcp4: false,
    addresses: ['192.168.1.2/24'],
    routes: [{ to: '0.0.0.0/0', via: '192.168.1.1' }],
    nameservers: { addresses: ['192.168.1.1'], search: ['corp'] },
  }
  t.match(render(text, { nics }).networkConfig, {
    version: 2,
    ethernets: { nic0: { match: { macaddress: '52:54:00:00:00:0a' }, ...fixed }, nic1: { dhcp4: true } },
  })
  t.match(render(text.replace('{', '{macAddress: "52:54:00:00:00:01", '), { nics }).networkConfig, {
    ethernets: { nic0: { dhcp4: true }, nic1: { match: { macaddress: '52:54:00:00:00:01' }, ...fixed } },
  })
  t.match(render(text).networkConfig, { ethernets: { fixed: { match: { name: 'e*' }, ...fixed } } })
  t.match(render(text.replace('{', '{macAddress: "52:54:00:00:00:99", '), { nics }).told, [/no NIC 52:54:00:00:00:99/])
  t.match(render('network: {dnsServers: [1.1.1.1]}\n', { nics }).networkConfig, {
    ethernets: { nic0: { dhcp4: true, nameservers: { addresses: ['1.1.1.1'] } } },
  })
  t.strictSame(
    render('network: {dnsServers: [1.1.1.1]}\n').networkConfig,
    {
      version: 2,
      ethernets: { fixed: { match: { name: 'e*' }, dhcp4: true, nameservers: { addresses: ['1.1.1.1'] } } },
    },
    'with no NIC known',
  )
})

await t.test('what no cloud-config can do is given back, or said', async (t) => {
  const text = 'hugePages: 12 * 1024\nlvmSizeGb: 20\nbootOrder: network\n'
  const { kernelArguments, bootOrder, told } = render(text, { imageType: 'immutable' })
  t.strictSame(kernelArguments, ['hugepagesz=2M', 'hugepages=12288'])
  t.equal(bootOrder, 'network')
  t.match(told, [/lvmSizeGb is not done/, /immutable image may have sealed/])
  t.match(render(text).told, [/lvmSizeGb is not done/])
})

await t.test('of several config-files the most specific counts, key by key', async (t) => {
  const site = configOf(
    `${system('proxy: {httpProxy: http://site, noProxy: .site}\nntpServers: [a]\n')}kubernetes: {kind: KThreesControlPlaneTemplate}\n`,
  )
  const profile = configOf(system('ntpServers: [b]\ncommands: [x]\n'))
  const node = configOf(`${system('proxy: {httpsProxy: http://node}\n')}kubernetes: none\n`)
  const { config, from } = mergeLevels({ node, profile, site })
  t.strictSame(config.operatingSystem, {
    proxy: { httpsProxy: 'http://node' },
    ntpServers: ['b'],
    commands: { after: ['x'] },
  })
  t.equal(config.kubernetes?.source, 'none')
  t.strictSame(from, {
    'operatingSystem.proxy': 'node',
    'operatingSystem.ntpServers': 'profile',
    'operatingSystem.commands': 'profile',
    kubernetes: 'node',
  })
})

await t.test(
  'hostType container of a less specific file gives way to the cluster of a more specific one',
  async (t) => {
    const container = configOf(system('hostType: container\n'))
    const cluster = configOf('kubernetes: {kind: KThreesControlPlaneTemplate}\n')
    const own = mergeLevels({ site: container, node: cluster })
    t.strictSame(own.from, { kubernetes: 'node' })
    t.ok(renderConfig(own.config, plain).cloudConfig.runcmd, 'the node has its cluster')
    const none = mergeLevels({ site: cluster, node: container })
    t.strictSame(none.from, { 'operatingSystem.hostType': 'node', kubernetes: 'site' })
    t.strictSame(renderConfig(none.config, plain).cloudConfig, {})
  },
)

await t.test('apt asks the site’s mirror, and for security updates the one beside it', async (t) => {
  const of = (text: string) => {
    const { apt } = render(`aptMirror: ${text}\nproxy: {httpProxy: "http://p:1"}\n`).cloudConfig as {
      apt: { primary: { uri: string }[]; security: { uri: string }[]; http_proxy: string }
    }
    t.equal(apt.http_proxy, 'http://p:1', 'beside the proxy')
    return [apt.primary[0]?.uri, apt.security[0]?.uri]
  }
  t.strictSame(of('http://m/debian'), ['http://m/debian', 'http://m/debian-security'])
  t.strictSame(of('http://m/ubuntu/'), ['http://m/ubuntu/', 'http://m/ubuntu/'])
  t.strictSame(of('{primary: http://m/debian, security: http://s/x}'), ['http://m/debian', 'http://s/x'])
  const immutable = render('aptMirror: http://m/debian\n', { imageType: 'immutable' })
  t.strictSame(immutable.cloudConfig, {})
  t.match(immutable.told, [/aptMirror has no effect/])
  for (const wrong of ['m/debian', 'http://u:p@m/debian', '"http://m/a b"', '{security: http://m}'])
    t.equal(told(system(`aptMirror: ${wrong}\n`)).mistakes.length, 1, wrong)
})
