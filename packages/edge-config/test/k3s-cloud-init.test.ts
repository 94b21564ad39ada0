import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { bytesOf, k3sPart, type Part, readClusterTemplate } from '../src/index.ts'
import { argumentsOf, firstBoot, merged, type Release, userDataOf } from './k3s-node.ts'
import { CONTAINERD, context, emfTemplate, PROPOSAL } from './k3s-templates.ts'

// cloud-init of Debian 12 and 13 is given our user-data: what counts is the files that it writes, the script that it
// makes of the commands, and what K3s makes of its configuration.

const SUITES = 'TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'
const UPSTREAM =
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_256_GCM_SHA384'
const VERSIONS: Record<Release, RegExp> = { bookworm: /^22\.4\.2/, trixie: /^25\./ }
const RELEASES = Object.keys(VERSIONS) as Release[]
const NODE = { proxy: null, nodeName: 'edge-1', addresses: ['192.168.4.7/24'] }
const INSTALL = 'INSTALL_K3S_EXEC=server\nINSTALL_K3S_SKIP_DOWNLOAD=true\n'
const OVERRIDE = '[Service]\nEnvironmentFile=/etc/environment\n'

const configOf = (text: string) => {
  const { config, mistakes } = readClusterTemplate(text, context)
  if (mistakes.length > 0 || !config) throw new Error(JSON.stringify(mistakes))
  return config
}

/** Boots with a part on both releases, and looks at each file of it. */
async function boots(
  t: Test,
  part: Part,
  look: (root: string, called: string) => void,
  { releases = RELEASES, real }: { releases?: Release[]; real?: string } = {},
) {
  for (const release of releases) {
    const root = join(t.testdir({}), release)
    mkdirSync(root)
    const { version, called } = await firstBoot(root, release, userDataOf(part), real)
    t.match(version, VERSIONS[release])
    for (const { path, permissions, ...file } of part.files) {
      t.ok(readFileSync(join(root, path)).equals(bytesOf(file)), `${path} byte for byte`)
      t.equal((statSync(join(root, path)).mode & 0o7777).toString(8).padStart(4, '0'), permissions, path)
    }
    if (!real)
      t.equal(readFileSync(join(root, 'run/cluster-api/bootstrap-success.complete'), 'utf8'), 'success\n', release)
    look(root, called)
  }
}

for (const [level, ...releases] of [
  ['baseline', 'bookworm', 'trixie'],
  ['privileged', 'bookworm'],
  ['restricted', 'trixie'],
] as [string, ...Release[]][])
  await t.test(`a template in the form of EMF’s default ones: ${level}`, async (t) => {
    const part = k3sPart(configOf(JSON.stringify(emfTemplate(level), null, 2)), NODE)
    const look = (root: string, called: string) => {
      const read = (path: string) => readFileSync(join(root, path), 'utf8')
      t.equal(called, `install.sh \nINSTALL_K3S_BIN_DIR=/var/lib/bin\n${INSTALL}after, of /var/lib/bin\n`)
      t.equal(read('etc/systemd/system/k3s.service.d/override.conf'), OVERRIDE)
      const [secret] = part.fromSecrets
      const copy = read('var/lib/cloud/instances/i-1/cloud-config.txt')
      t.ok(copy.includes(secret!.file.content), 'in one piece in what cloud-init keeps, where the first boot erases it')
      t.equal(read('var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl'), CONTAINERD)
      t.equal(read('var/lib/rancher/k3s/server/admission.yaml'), `kind: AdmissionConfiguration\nenforce: ${level}\n`)
      t.strictSame(merged(join(root, 'opt/seen')), {
        'cluster-cidr': ['10.45.0.0/16'],
        'cluster-init': ['true'],
        disable: ['traefik', 'etcd-proxy'],
        // the file of config.yaml.d takes the place of the whole list
        'kube-apiserver-arg': [`tls-cipher-suites=${SUITES}`, 'anonymous-auth=false'],
        'kubelet-arg': ['--max-pods=200', `--tls-cipher-suites=${SUITES}`],
        'node-name': ['edge-1'],
        'service-cidr': ['10.46.0.0/16'],
        'tls-san': ['192.168.4.7'],
        'etcd-arg': [`cipher-suites=[${SUITES}]`],
      })
    }
    await boots(t, part, look, { releases })
  })

await t.test('the example of the design proposal', async (t) => {
  const part = k3sPart(configOf(PROPOSAL), NODE)
  await boots(t, part, (root, called) => {
    t.equal(called, `install.sh \n${INSTALL}`)
    t.equal(readFileSync(join(root, 'etc/systemd/system/k3s.service.d/override.conf'), 'utf8'), OVERRIDE)
    const settings = merged(join(root, 'opt/seen'))
    t.strictSame(argumentsOf(settings['kube-apiserver-arg']), {
      'tls-cipher-suites': [SUITES, UPSTREAM],
      'anonymous-auth': ['true'],
    })
    t.strictSame(argumentsOf(settings['kubelet-arg']), { 'tls-cipher-suites': [SUITES] })
    t.strictSame(settings['disable-cloud-controller'], ['true'])
    t.strictSame([settings['cluster-cidr'], settings['service-cidr']], [['10.52.0.0/16'], ['10.53.0.0/16']])
  })
})

await t.test('no configuration: the default cluster, behind a proxy', async (t) => {
  const proxy = { httpProxy: "http://it's.example:3128", httpsProxy: '', noProxy: '.example, 10.0.0.0/8' }
  await boots(t, k3sPart(null, { ...NODE, proxy }), (root, called) => {
    const direct =
      '.example,10.0.0.0/8,localhost,127.0.0.0/8,::1,192.168.4.7,10.42.0.0/16,10.43.0.0/16,.svc,.cluster.local'
    t.equal(
      called,
      `install.sh \nHTTP_PROXY=${proxy.httpProxy}\n${INSTALL}NO_PROXY=${direct}\nhttp_proxy=${proxy.httpProxy}\nno_proxy=${direct}\n`,
    )
    t.strictSame(merged(join(root, 'opt/seen')), {
      'disable-cloud-controller': ['true'],
      'kube-apiserver-arg': ['anonymous-auth=true', `tls-cipher-suites=${UPSTREAM}`],
      'node-name': ['edge-1'],
      'tls-san': ['192.168.4.7'],
    })
  })
})

await t.test('files arrive byte for byte, whatever is in them', async (t) => {
  const contents = [
    '',
    '\n',
    '\n\n  indented first\n',
    'no line end',
    'many line ends\n\n\n',
    ' leading\n\ttab\n trailing \n',
    '\ttab first\n',
    '# no comment\n%no: directive\n--- \n...\n',
    'yes',
    '0644',
    '1:30',
    '~',
    '{{ jinja }} {% not %} $shell `here`\n',
    'Windows\r\nline ends\r\n',
    '\u0000\u0007 bell\n',
    'del \u007f, next line \u0085, separator \u2028, mark \uFEFF\n',
    'ünïcødé 試験 🦭\n',
    `${'long '.repeat(5000)}\n`,
    '"double" \'single\' \\ back\\\\slash\n',
  ]
  const files = contents.map((content, index) => ({
    path: `/etc/odd/${index}`,
    content: Buffer.from(content).toString('base64'),
    encoding: 'base64',
  }))
  // what YAML cannot hold, though it is no text at all
  files.push({
    path: '/etc/odd/bytes',
    content: Buffer.from([0xff, 0xfe, 0, 1]).toString('base64'),
    encoding: 'base64',
  })
  const template = emfTemplate('baseline')
  Object.assign(template.clusterconfiguration.spec.template.spec.kthreesConfigSpec, { files })
  const part = k3sPart(configOf(JSON.stringify(template)), NODE)
  await boots(t, part, (root) => {
    for (const [index, content] of contents.entries())
      t.equal(readFileSync(join(root, `etc/odd/${index}`), 'utf8'), content, JSON.stringify(content.slice(0, 30)))
    t.strictSame([...readFileSync(join(root, 'etc/odd/bytes'))], [0xff, 0xfe, 0, 1])
  })
})

/** Of whoever has K3s' own install.sh and k3s: no package archive has them, so a run without them does not claim this. */
const real = process.env.EIMS_K3S_DIR
if (real)
  await t.test('K3s’s own install.sh makes the service', async (t) => {
    const proxy = { httpProxy: 'http://proxy.example:3128', httpsProxy: '', noProxy: '' }
    await boots(
      t,
      k3sPart(null, { ...NODE, proxy }),
      (root, called) => {
        const read = (path: string) => readFileSync(join(root, 'etc/systemd/system', path), 'utf8')
        t.match(read('k3s.service'), /^ExecStart=\/usr\/local\/bin\/k3s \\\n\s+server/m)
        t.match(read('k3s.service.env'), /^HTTP_PROXY=.http:\/\/proxy\.example:3128.$/m)
        t.match(called, /^systemctl restart k3s$/m)
        t.ok(parse(readFileSync(join(root, 'etc/rancher/k3s/config.yaml'), 'utf8')))
      },
      { real },
    )
  })
