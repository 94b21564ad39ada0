import { gzipSync } from 'node:zlib'
import t from 'tap'
import { stringify } from 'yaml'
import { bytesOf, k3sPart, networksOf, RangeTaken, readClusterTemplate } from '../src/index.ts'
import { context, emfTemplate, PROPOSAL } from './k3s-templates.ts'

// Cluster configurations as they really come: in which forms they are read, and what is told of it.

const spec = (of: object) => ({
  kind: 'KThreesControlPlaneTemplate',
  apiVersion: 'controlplane.cluster.x-k8s.io/v1beta2',
  spec: { template: { spec: { kthreesConfigSpec: of } } },
})
const read = (document: unknown, more: object = {}) =>
  readClusterTemplate(typeof document === 'string' ? document : stringify(document), { ...context, ...more })
const lines = (notes: { line: number; sentence: string }[]) => notes.map(({ line, sentence }) => `${line} ${sentence}`)
const file = (path: string, content: string, more: object = {}) => ({ path, content, ...more })
const mistakesOf = (document: unknown) => read(document).mistakes.map(({ sentence }) => sentence)
const warningsOf = (document: unknown) => {
  const { mistakes, warnings } = read(document)
  t.strictSame(mistakes, [])
  return warnings.map(({ sentence }) => sentence)
}

await t.test('a template in the form of EMF’s, with all that is odd in it', async (t) => {
  const { config, mistakes, warnings } = read(JSON.stringify(emfTemplate('baseline'), null, 2))
  t.strictSame(mistakes, [])
  t.strictSame(
    warnings.map(({ path, sentence }) => `${path.replace(/.*kthreesConfigSpec\./, '')}: ${sentence}`),
    [
      String.raw`files[1].content: Go cannot parse {{ … \" … }}, and containerd would not start: every \" of the file is read as "`,
      'files[2].content: /etc/rancher/k3s/config.yaml.d/api.yaml takes the place of all of kube-apiserver-arg: --admission-control-config-file=/var/lib/rancher/k3s/server/admission.yaml has no effect',
      'serverConfig.kubeApiServerArg: kubeApiServerArg is read as kubeAPIServerArg; Kubernetes would drop a field in another case',
    ],
  )
  t.strictSame(networksOf(config), { pods: '10.45.0.0/16', services: '10.46.0.0/16' })
})

await t.test('the design proposal’s form: directly below spec, one file, a broken line', async (t) => {
  const { config, mistakes, warnings } = read(PROPOSAL)
  t.strictSame(mistakes, [])
  t.strictSame(lines(warnings), [
    '7 The configuration was read from spec.template.spec itself; the CRD has it in kthreesConfigSpec below it',
    '7 The image has K3s v1.33.5+k3s1, which is installed whatever is written here',
    '9 files is one file and no list: it is read as a list of it',
    String.raw`10 Go cannot parse {{ … \" … }}, and containerd would not start: every \" of the file is read as "`,
    '17 The quoted text goes on in the first column: the line end before it is read as one, not as a space',
    '26 K3s has no component cloudController to leave out',
    '28 Eight cipher suites are allowed beside these, as cluster-api-k3s does',
  ])
  t.strictSame(config?.pre, [
    'mkdir -p /etc/systemd/system/k3s.service.d',
    "echo '[Service]\nEnvironmentFile=/etc/environment' > /etc/systemd/system/k3s.service.d/override.conf",
  ])
  t.strictSame(networksOf(config), { pods: '10.52.0.0/16', services: '10.53.0.0/16' })
})

await t.test('a line break in quotes is a space where YAML says so', async (t) => {
  const document = (command: string) =>
    `kind: KThreesControlPlaneTemplate\napiVersion: controlplane.cluster.x-k8s.io/v1beta2\nspec:\n  template:\n    spec:\n      kthreesConfigSpec:\n        preK3sCommands:\n          - ${command}\n`
  for (const [command, expected] of [
    ['"echo a\n              b"', 'echo a b'],
    ['echo a\n              b', 'echo a b'],
    ["'it''s\nhere \"x\"'", 'it\'s\nhere "x"'],
    ['"a\\t\nb\\n\nc"', 'a\t\nb\n\nc'],
    ['"a\\\nb"', 'ab'],
    ['|\n            a\n            b', 'a\nb\n'],
  ] as const)
    t.strictSame(read(document(command)).config?.pre, [expected], command)
})

await t.test('what it is, and what it has beside it', async (t) => {
  t.strictSame(mistakesOf('[]'), ['The document must be a mapping'])
  t.strictSame(mistakesOf(''), ['There is nothing in it'])
  t.match(mistakesOf('{"spec": }{'), [/^This is no YAML/])
  t.strictSame(mistakesOf({ ...spec({}), kind: 'KubeadmControlPlaneTemplate' }), [
    'A KubeadmControlPlaneTemplate cannot be read here',
  ])
  t.strictSame(mistakesOf({ ...spec({}), apiVersion: 'controlplane.cluster.x-k8s.io/v1alpha1' }), [
    'The version "controlplane.cluster.x-k8s.io/v1alpha1" is not known',
  ])
  t.match(warningsOf({ ...spec({}), apiVersion: 'controlplane.cluster.x-k8s.io/v1beta1' }), [/^It is read as v1beta2/])
  t.match(warningsOf({ spec: spec({}).spec }), [/^It does not say what it is/])
  t.strictSame(mistakesOf({ ...spec({}), spec: {} }), ['There is no spec.template.spec'])
  t.strictSame(
    mistakesOf({ ...spec({}), spec: { template: { spec: { kthreesConfigSpec: {}, version: 'v1', files: [] } } } }),
    Array(2).fill('The field stands beside kthreesConfigSpec, not in it'),
  )
  t.strictSame(
    warningsOf({
      ...spec({}),
      spec: { template: { spec: { kthreesConfigSpec: {}, rolloutAfter: 'x', machineTemplate: {} } } },
    }),
    ['rolloutAfter', 'machineTemplate'].map(
      (name) => `${name} has no effect: it is for Cluster API, which no single node has`,
    ),
  )
  t.strictSame(mistakesOf({ ...emfTemplate('baseline'), controlplaneprovidertype: 'rke2' }), [
    'The control plane is of "rke2", and the image has K3s',
  ])
  const labelled = read({ ...emfTemplate('baseline'), 'cluster-labels': { a: 'b' }, kubernetesVersion: 'v1.31.1+k3s1' })
  t.match(
    labelled.warnings.map(({ sentence }) => sentence).join('\n'),
    /The image has K3s v1\.33.*\n.*\n(?:.*\n)*cluster-labels has no effect/,
  )
  t.strictSame(read(spec({ version: 'v1.2.3' }), { imageVersion: null }).warnings, [], 'the image’s is not known')
  t.strictSame(mistakesOf(spec({ files: [], Files: [] })), ['Files is files a second time'])
})

await t.test('files are below /etc and /var', async (t) => {
  for (const path of ['/etc/a', '/etc/a/../b', '/var/lib/x', '/etc//a', '/etc/rancher/k3s/config.yaml.d/a.yaml'])
    t.strictSame(mistakesOf(spec({ files: [file(path, 'a: b')] })), [], path)
  for (const [path, why] of [
    ['/etc', 'is no file below /etc or /var'],
    ['/etc/', 'is no file below /etc or /var'],
    ['/etc/a/', 'is no file below /etc or /var'],
    ['etc/a', 'is no file below /etc or /var'],
    ['/etc/../root/a', 'is no file below /etc or /var'],
    ['/etcetera/a', 'is no file below /etc or /var'],
    ['/opt/install.sh', 'is no file below /etc or /var'],
    ['/etc/a\tb', 'is no file below /etc or /var'],
    ['/var/run/a', 'leads out of /var: it is a link to /run'],
    ['/var/lib/../lock/a', 'leads out of /var: it is a link to /run'],
    ['/etc/rancher/k3s/config.yaml', 'is written with what agentConfig and serverConfig say'],
  ] as const)
    t.strictSame(mistakesOf(spec({ files: [file(path, 'a: b')] })), [`${JSON.stringify(path)} ${why}`], path)
  t.strictSame(warningsOf(spec({ files: [file('/etc/a', '1'), file('/etc/b/../a', '2')] })), [
    '/etc/a is written a second time: this one counts',
  ])
})

await t.test('what a file holds: text, base64, gzip, or what a secret has', async (t) => {
  const held = (more: object) => read(spec({ files: [{ path: '/etc/a', ...more }] })).config?.files[0]
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const zipped = gzipSync('zipped').toString('base64')
  t.match(held({ content: base64('coded'), encoding: 'base64' }), { content: 'coded', encoding: undefined })
  t.match(held({ content: zipped, encoding: 'gzip+base64', owner: 'root', permissions: '600' }), {
    content: 'zipped',
    owner: 'root',
    permissions: '0600',
  })
  t.match(held({ content: 'a\r\n' }), { content: base64('a\r\n'), encoding: 'b64' })
  const ofSecret = held({ contentFrom: { secret: { name: 'admission', key: 'baseline.yaml' } } })
  t.match(bytesOf(ofSecret!).toString(), /enforce: baseline/)
  t.match(
    ofSecret,
    { content: /^[A-Za-z0-9+/]{28,}=*$/, encoding: 'gz+b64' },
    'one line, which can be found and erased',
  )
  t.match(held({}), { content: '' })
  const refused = (more: object) => mistakesOf(spec({ files: [{ path: '/etc/a', ...more }] }))
  t.strictSame(refused({ contentFrom: { secret: { name: 'other', key: 'a' } } }), [
    'There is no "a" of a secret "other"',
  ])
  t.strictSame(refused({ contentFrom: { secret: { name: 'other' } } }), ['contentFrom names no secret'])
  t.strictSame(refused({ content: 'x', contentFrom: { secret: { name: 'a', key: 'b' } } }), [
    'The file has content and contentFrom',
  ])
  t.strictSame(refused({ content: 'x', encoding: 'gzip' }), ['There is no encoding "gzip"'])
  t.strictSame(refused({ content: 'x!', encoding: 'base64' }), ['The content is not base64'])
  t.match(refused({ content: base64('no gzip'), encoding: 'gzip+base64' }), [/^The content is no gzip/])
  const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024)).toString('base64')
  t.match(refused({ content: bomb, encoding: 'gzip+base64' }), [/^The content is no gzip of at most 1048576 bytes/])
  t.strictSame(refused({ content: '', permissions: 'rw' }), ['"rw" are no permissions'])
  t.strictSame(refused({ content: '', owner: 'a b' }), ['"a b" is no owner'])
})

await t.test('a template of containerd that Go cannot parse is mended or refused', async (t) => {
  const path = '/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.tmpl'
  const sound =
    '{{ template "base" . }}\n{{ if .NodeConfig }}{{ printf "%q" .X | ownFunction }}{{ end }}\na = "\\"b\\""\n'
  const { config, warnings } = read(spec({ files: [file(path, sound)] }))
  t.equal(config?.files[0]?.content, sound, 'what parses stays as it is')
  t.strictSame(warnings, [])
  t.match(mistakesOf(spec({ files: [file(path, 'a\n{{ template base . }}')] })), [
    /^K3s cannot parse the template: line 2 of it/,
  ])
  t.match(mistakesOf(spec({ files: [file(path, String.raw`{{ if \"a\" }}`)] })), [
    /^K3s cannot parse the template: line 1/,
  ])
  t.strictSame(mistakesOf(spec({ files: [file('/etc/other.tmpl', '{{ template base }}')] })), [], 'no other file is')
})

await t.test('config.yaml.d counts as K3s merges it', async (t) => {
  const dropIns = (...contents: [string, string][]) => ({
    files: contents.map(([name, content]) => file(`/etc/rancher/k3s/config.yaml.d/${name}`, content)),
    serverConfig: { kubeAPIServerArg: ['--anonymous-auth=false'], clusterCidr: '10.60.0.0/16' },
  })
  const networks = (...contents: [string, string][]) => networksOf(read(spec(dropIns(...contents))).config).pods
  t.equal(networks(['a.yaml', 'cluster-cidr: 10.61.0.0/16'], ['B.YML', 'cluster-cidr: 10.62.0.0/16']), '10.61.0.0/16')
  t.equal(
    networks(['a.yaml', '"cluster-cidr+": [fd61::/56]\n"service-cidr": "10.43.0.0/16,fd43::/112"']),
    '10.60.0.0/16,fd61::/56',
  )
  t.equal(networks(['a.txt', 'cluster-cidr: 10.61.0.0/16'], ['b/c.yaml', 'cluster-cidr: 10.61.0.0/16']), '10.60.0.0/16')
  t.strictSame(warningsOf(spec(dropIns())), [
    'anonymous-auth=true is put behind it, as cluster-api-k3s does, and counts',
  ])
  t.strictSame(warningsOf(spec(dropIns(['a.yaml', 'kube-apiserver-arg: [v=2]']))), [
    '/etc/rancher/k3s/config.yaml.d/a.yaml takes the place of all of kube-apiserver-arg: --anonymous-auth=false has no effect',
  ])
  t.strictSame(warningsOf(spec(dropIns(['a.yaml', 'kube-apiserver-arg: [anonymous-auth=false]']))), [], 'it counts now')
  t.match(mistakesOf(spec(dropIns(['a.yaml', 'cluster-cidr: 10.43.0.0/16']))), [/overlap/], 'the range that counts')
  for (const content of ['- a', 'text', 'a: [', '&a [*a]'])
    t.strictSame(
      mistakesOf(spec(dropIns(['a.yaml', content]))),
      ['/etc/rancher/k3s/config.yaml.d/a.yaml is no mapping of YAML: K3s would not start'],
      content,
    )
})

await t.test('ranges: of the cluster network, of both kinds, and none that holds the node’s address', async (t) => {
  const withNetwork = (pods: string[], services: string[], serverConfig = {}) => ({
    controlplaneprovidertype: 'k3s',
    clusterconfiguration: spec({ serverConfig }),
    clusterNetwork: {
      pods: { cidrBlocks: pods },
      services: { cidrBlocks: services },
      serviceDomain: 'edge.local',
      apiServerPort: 7443,
    },
  })
  const both = read(withNetwork(['10.45.0.0/16', 'fd45::/56'], ['10.46.0.0/16', 'fd46::/112'])).config
  t.strictSame(networksOf(both), { pods: '10.45.0.0/16,fd45::/56', services: '10.46.0.0/16,fd46::/112' })
  t.match(both?.settings, { 'cluster-domain': 'edge.local', 'https-listen-port': '7443' })
  t.match(mistakesOf(withNetwork(['10.45.0.0/8'], [])), [/overlap/])
  t.match(mistakesOf(withNetwork(['10.45/16'], ['10.46.0.0/16'])), [/"10.45\/16" is no address range/])
  t.strictSame(warningsOf(withNetwork(['10.45.0.0/16'], ['10.46.0.0/16'], { clusterCidr: '10.47.0.0/16' })), [
    'serverConfig counts, not clusterNetwork.pods.cidrBlocks, which says 10.45.0.0/16',
  ])
  const node =
    (...addresses: string[]) =>
    () =>
      k3sPart(both, { proxy: null, nodeName: '', addresses })
  t.throws(node('192.168.0.2', '10.45.9.9'), new RangeTaken('10.45.9.9', 'pods', '10.45.0.0/16,fd45::/56'))
  t.throws(
    node('10.0.0.2/8'),
    new RangeTaken('10.0.0.2/8', 'pods', '10.45.0.0/16,fd45::/56'),
    'the network that the node is in',
  )
  t.throws(node('fd46::1'), new RangeTaken('fd46::1', 'services', '10.46.0.0/16,fd46::/112'))
  t.throws(
    () => k3sPart(null, { proxy: null, nodeName: '', addresses: ['10.43.0.9'] }),
    new RangeTaken('10.43.0.9', 'services', '10.43.0.0/16'),
  )
  t.doesNotThrow(node('192.168.0.2/24', 'fd47::1'))
})

await t.test('registries: a file, or a mirror by its URL', async (t) => {
  const own = '/etc/rancher/k3s/registries.yaml'
  const named = (privateRegistry: string, files: object[] = []) => spec({ agentConfig: { privateRegistry }, files })
  t.strictSame(warningsOf(named(own)), [`No file writes ${own}: it must be in the image`])
  t.strictSame(warningsOf(named(own, [file(own, 'mirrors: {}')])), [])
  const { config, warnings } = read(named('https://mirror.example:5000'))
  t.match(config?.files, [
    {
      path: own,
      permissions: '0600',
      content: 'mirrors:\n  "*":\n    endpoint:\n      - "https://mirror.example:5000"\n',
    },
  ])
  t.equal(config?.settings['private-registry'], undefined)
  t.equal(warnings.length, 1)
  t.match(mistakesOf(named('https://mirror.example', [file(own, '')])), [/is a URL, and files writes/])
})

await t.test('clouds: what a single node would wait for', async (t) => {
  const cloud = (serverConfig: object) => read(spec({ serverConfig }))
  t.match(cloud({ cloudProviderName: 'external' }).warnings, [
    { sentence: /^A node waits for the cloud provider external/ },
  ])
  t.strictSame(cloud({ cloudProviderName: 'external', disableCloudController: false }).warnings, [])
  t.strictSame(cloud({ cloudProviderName: '' }).config?.settings['kubelet-arg'], undefined)
  const old = cloud({ disableExternalCloudProvider: true })
  t.equal(old.config?.settings['disable-cloud-controller'], undefined)
  t.strictSame(read(spec({ preK3sCommands: ['mkdir -p /etc/systemd/system/k3s-server.service.d'] })).warnings.length, 1)
})
