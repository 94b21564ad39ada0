import t from 'tap'
import { k3sPart, readClusterTemplate } from '../src/index.ts'
import { SPEC } from '../src/k3s/spec.ts'
import { merged } from './k3s-node.ts'
import { context } from './k3s-templates.ts'

// Each field of KThreesConfigSpec v1beta2 is honoured, told or refused by its name: none is passed over.

/** What each must do: a key of config.yaml with its values, `file`, `pre`, `post`, or the begin of a warning. */
const HONOURED: Record<string, [value: unknown, effect: Record<string, string[]> | string]> = {
  files: [[{ path: '/etc/a', content: 'x' }], 'file'],
  preK3sCommands: [['before'], 'pre'],
  postK3sCommands: [['after'], 'post'],
  version: ['v1.30.0+k3s1', 'The image has K3s v1.33.5+k3s1'],
  'agentConfig.nodeLabels': [
    ['site=north', 'node.kubernetes.io/x=1'],
    { 'node-label': ['site=north', 'node.kubernetes.io/x=1'] },
  ],
  'agentConfig.nodeTaints': [
    ['gpu=yes:NoSchedule', 'a:NoExecute'],
    { 'node-taint': ['gpu=yes:NoSchedule', 'a:NoExecute'] },
  ],
  'agentConfig.privateRegistry': ['/etc/own/registries.yaml', { 'private-registry': ['/etc/own/registries.yaml'] }],
  'agentConfig.kubeletArgs': [['--max-pods=9', 'v=2'], { 'kubelet-arg': ['--max-pods=9', 'v=2'] }],
  'agentConfig.kubeProxyArgs': [['proxy-mode=ipvs'], { 'kube-proxy-arg': ['proxy-mode=ipvs'] }],
  'agentConfig.nodeName': ['other', { 'node-name': ['other'] }],
  'agentConfig.airGapped': [false, 'airGapped is true whatever'],
  'agentConfig.airGappedInstallScriptPath': ['/opt/other.sh', '/opt/install.sh of the image is run'],
  'serverConfig.kubeAPIServerArg': [
    ['--feature-gates=A=true'],
    { 'kube-apiserver-arg': ['--feature-gates=A=true', 'anonymous-auth=true', 'tls-cipher-suites'] },
  ],
  'serverConfig.kubeControllerManagerArgs': [['a=b'], { 'kube-controller-manager-arg': ['a=b'] }],
  'serverConfig.kubeSchedulerArgs': [['a+=b'], { 'kube-scheduler-arg': ['a+=b'] }],
  'serverConfig.tlsSan': [['edge.example', '10.9.9.9'], { 'tls-san': ['edge.example', '10.9.9.9', '192.168.4.7'] }],
  'serverConfig.bindAddress': ['0.0.0.0', { 'bind-address': ['0.0.0.0'] }],
  'serverConfig.httpsListenPort': ['7443', { 'https-listen-port': ['7443'] }],
  'serverConfig.advertiseAddress': ['fd00::1', { 'advertise-address': ['fd00::1'] }],
  'serverConfig.advertisePort': [7443, { 'advertise-port': ['7443'] }],
  'serverConfig.clusterCidr': ['10.60.0.0/16', { 'cluster-cidr': ['10.60.0.0/16'] }],
  'serverConfig.serviceCidr': ['10.61.0.0/16', { 'service-cidr': ['10.61.0.0/16'] }],
  'serverConfig.clusterDNS': ['10.43.0.10', { 'cluster-dns': ['10.43.0.10'] }],
  'serverConfig.clusterDomain': ['site.local', { 'cluster-domain': ['site.local'] }],
  'serverConfig.disableComponents': [['traefik'], { disable: ['traefik'] }],
  'serverConfig.disableExternalCloudProvider': [true, 'disableExternalCloudProvider is of v1beta1'],
  'serverConfig.disableCloudController': [false, { 'disable-cloud-controller': [] }],
  'serverConfig.cloudProviderName': [
    'external',
    { 'kubelet-arg': ['cloud-provider=external'], 'kube-controller-manager-arg': ['cloud-provider=external'] },
  ],
  'serverConfig.systemDefaultRegistry': ['r.example:5000', { 'system-default-registry': ['r.example:5000'] }],
  'serverConfig.etcdProxyImage': ['r.example/socat', 'There is no etcd-proxy'],
}

/** What each refuses, and the sentence. */
const REFUSED: Record<string, [value: unknown, sentence: RegExp][]> = {
  files: [
    ['text', /files must be a list/],
    [[{ content: 'x' }], /The file has no path/],
    [[{ path: '/etc/a', contents: 'x' }], /There is no field contents: did you mean content\?/],
  ],
  preK3sCommands: [
    ['one', /preK3sCommands must be a list/],
    [[{ a: 1 }], /A command must be text/],
  ],
  postK3sCommands: [[{}, /postK3sCommands must be a list/]],
  version: [[['v1'], /version must be text/]],
  'agentConfig.nodeLabels': [
    [['site'], /"site" is no label/],
    [['node-role.kubernetes.io/worker=true'], /is of Kubernetes’ own names, with which a kubelet does not start/],
  ],
  'agentConfig.nodeTaints': [[['gpu=yes'], /"gpu=yes" is no taint/]],
  'agentConfig.privateRegistry': [['r.example:5000', /neither the path of a registries.yaml nor the URL/]],
  'agentConfig.kubeletArgs': [
    ['--a=b', /kubeletArgs must be a list/],
    [['-v=2'], /"-v=2" is no argument/],
    [['a=b\nc'], /is no argument/],
    [[''], /There is an empty entry/],
    [[null], /There is an empty entry/],
  ],
  'agentConfig.kubeProxyArgs': [[['a b'], /"a b" is no argument/]],
  'agentConfig.nodeName': [['two words', /"two words" is no DNS name/]],
  'agentConfig.airGapped': [['maybe', /airGapped must be true or false/]],
  'agentConfig.airGappedInstallScriptPath': [[[], /airGappedInstallScriptPath must be text/]],
  'serverConfig.kubeAPIServerArg': [[{ a: 'b' }, /kubeAPIServerArg must be a list/]],
  'serverConfig.kubeControllerManagerArgs': [[['='], /"=" is no argument/]],
  'serverConfig.kubeSchedulerArgs': [[['---a=b'], /"---a=b" is no argument/]],
  'serverConfig.tlsSan': [[['a b'], /"a b" is neither a DNS name nor an IP address/]],
  'serverConfig.bindAddress': [['eth0', /"eth0" is no IP address/]],
  'serverConfig.httpsListenPort': [['65536', /"65536" is no port/]],
  'serverConfig.advertiseAddress': [['10.0.0.256', /is no IP address/]],
  'serverConfig.advertisePort': [[0, /"0" is no port/]],
  'serverConfig.clusterCidr': [
    ['10.42.0.0', /is no address range/],
    ['10.42.0.0/25', /its prefix is \/25/],
    ['10.40.0.0/16,10.41.0.0/16', /several ranges of one kind/],
    ['10.43.128.0/17', /The services’ range 10.43.0.0\/16 and the pods’ range 10.43.128.0\/17 overlap/],
    ['fd42::/56', /are not of the same kinds/],
  ],
  'serverConfig.serviceCidr': [
    ['10.0.0.0/8', /its prefix is \/8/],
    ['10.42.3.0/24', /overlap/],
    ['fd43::/64', /its prefix is \/64/],
  ],
  'serverConfig.clusterDNS': [
    ['dns', /is no IP address/],
    ['10.42.0.10', /10.42.0.10 is not in the services’ range 10.43.0.0\/16/],
  ],
  'serverConfig.clusterDomain': [['Site.Local', /is no DNS name/]],
  'serverConfig.disableComponents': [['traefik', /disableComponents must be a list/]],
  'serverConfig.disableExternalCloudProvider': [['1', /must be true or false/]],
  'serverConfig.disableCloudController': [['no', /must be true or false/]],
  'serverConfig.cloudProviderName': [['a b', /is no name of a cloud provider/]],
  'serverConfig.systemDefaultRegistry': [['https://r.example', /is no registry/]],
  'serverConfig.etcdProxyImage': [[['a'], /etcdProxyImage must be text/]],
}

const templateOf = (spec: object) =>
  JSON.stringify({
    kind: 'KThreesControlPlaneTemplate',
    apiVersion: 'controlplane.cluster.x-k8s.io/v1beta2',
    spec: { template: { spec: { kthreesConfigSpec: spec } } },
  })
const specOf = (path: string, value: unknown) =>
  path.split('.').reduceRight<unknown>((below, name) => ({ [name]: below }), value) as object
const read = (path: string, value: unknown) => readClusterTemplate(templateOf(specOf(path, value)), context)

const all = Object.entries(SPEC).flatMap(([section, fields]) =>
  Object.keys(fields)
    .filter((name) => !(name in SPEC))
    .map((name) => (section === 'top' ? name : `${section}.${name}`)),
)

await t.test('the table names the fields of the CRD, all of them', async (t) => {
  t.strictSame(all.sort(), Object.keys(HONOURED).sort())
  t.strictSame(all.sort(), Object.keys(REFUSED).sort())
})

await t.test('each field does what it is for', async (t) => {
  for (const [path, [value, effect]] of Object.entries(HONOURED)) {
    const { config, mistakes, warnings } = read(path, value)
    t.strictSame(mistakes, [], path)
    const node = { proxy: null, nodeName: 'edge-1', addresses: ['192.168.4.7'] }
    const { files, runcmd } = k3sPart(config, node)
    if (effect === 'file') t.match(files[0], { path: '/etc/a', content: 'x', owner: 'root:root', permissions: '0644' })
    else if (effect === 'pre') t.strictSame(runcmd.length === 2 && runcmd[0], 'before')
    else if (effect === 'post') t.strictSame(runcmd.length === 2 && runcmd[1], 'after')
    else if (typeof effect === 'string')
      t.ok(
        warnings.some(({ sentence }) => sentence.startsWith(effect)),
        path,
      )
    else {
      const root = t.testdir({ [path]: { 'config.yaml': files.at(-1)!.content } })
      const settings = merged(`${root}/${path}`)
      for (const [key, values] of Object.entries(effect))
        t.strictSame(settings[key]?.map((word) => word.replace(/^(tls-cipher-suites)=.*/, '$1')) ?? [], values, path)
    }
  }
})

await t.test('what a field cannot take is refused, with its path', async (t) => {
  for (const [path, cases] of Object.entries(REFUSED))
    for (const [value, sentence] of cases) {
      const { config, mistakes } = read(path, value)
      t.equal(config, null, path)
      t.equal(mistakes.length, 1, `${path} ${JSON.stringify(value)}`)
      t.match(mistakes[0], { sentence }, path)
      t.match(mistakes[0]?.remedy, /./, path)
    }
})

await t.test('any other field is refused, with the one that was meant', async (t) => {
  for (const [path, sentence] of [
    ['agentConfig.airGappped', 'There is no field airGappped: did you mean airGapped?'],
    ['serverConfig.clusterCIDRs', 'There is no field clusterCIDRs: did you mean clusterCidr?'],
    ['serverConfig.datastoreEndpoint', 'There is no field datastoreEndpoint'],
    ['kubeletArgs', 'There is no field kubeletArgs'],
  ] as const)
    t.strictSame(
      read(path, 'x').mistakes.map((note) => note.sentence),
      [sentence],
    )
})
