import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { type Facts, readConfig, renderConfig, writeConfig } from '../src/index.ts'
import { effectiveOf } from '../src/k3s/config.ts'
import { REGISTRY_CA, withRegistryCa } from '../src/k3s/registry-ca.ts'
import { block, CA, LEAF, SECOND_CA } from './support/certificates.ts'
import { configOf, context, system, told } from './support/config.ts'

// Who may do what with a cluster, and whom its node trusts: every mistake at its place, and the effective configuration is what
// it says.

const facts: Facts = { nodeName: 'edge', nics: [], imageType: 'mutable', account: null, siteProxy: null }
const KIND = 'kind: KThreesControlPlaneTemplate\n  apiVersion: controlplane.cluster.x-k8s.io/v1beta2\n'
const access = (lines: string, spec = '') =>
  `version: 1.0\nkubernetes:\n  ${spec === '' ? '' : `${KIND}  spec: {template: {spec: {kthreesConfigSpec: ${spec}}}}\n  `}access:\n${lines.replace(/^(?=.)/gm, '    ')}`
const OIDC = 'oidc:\n  issuerUrl: https://idp.example.com/realms/edge\n  clientId: k3s\n'

interface File {
  path: string
  content: string
}
const filesOf = (text: string, more: Partial<Facts> = {}) =>
  (renderConfig(configOf(text), { ...facts, ...more }).cloudConfig.write_files ?? []) as File[]
const fileOf = (text: string, name: string, more: Partial<Facts> = {}) =>
  filesOf(text, more).find(({ path }) => path.endsWith(name))?.content ?? ''
const apiServer = (text: string) => {
  const files = filesOf(text).map((file) => ({ owner: 'root:root', permissions: '0600', ...file }))
  return effectiveOf({ files, settings: parse(fileOf(text, '/config.yaml')) }).get('kube-apiserver-arg') ?? []
}

await t.test('an OIDC issuer', async (t) => {
  const all = `${OIDC}  usernameClaim: email
  usernamePrefix: "idp:"
  groupsClaim: groups
  groupsPrefix: "idp:"
  requiredClaims: {site: north, tier: "1"}
  signingAlgs: [RS256, es512]
  caCertificate: ${block(CA, 4)}`
  const expected = [
    'oidc-issuer-url=https://idp.example.com/realms/edge',
    'oidc-client-id=k3s',
    'oidc-username-claim=email',
    'oidc-username-prefix=idp:',
    'oidc-groups-claim=groups',
    'oidc-groups-prefix=idp:',
    'oidc-signing-algs=RS256,ES512',
    'oidc-ca-file=/etc/rancher/k3s/oidc-ca.pem',
    'oidc-required-claim=site=north',
    'oidc-required-claim=tier=1',
  ]
  t.strictSame(apiServer(access(all)).slice(2), expected, 'behind what the default cluster has')
  t.equal(fileOf(access(all), 'oidc-ca.pem'), CA)
  const replacing = '{files: [{path: /etc/rancher/k3s/config.yaml.d/kube.yaml, content: "kube-apiserver-arg: [v=2]"}]}'
  t.strictSame(apiServer(access(all, replacing)), ['v=2', ...expected], 'also where a file takes the place of the list')
  const config = configOf(access(all))
  t.strictSame(writeConfig(configOf(writeConfig(config))), writeConfig(config), 'it stays the same when it is stored')
})

await t.test('users with their roles', async (t) => {
  const users = `users:
  - {name: "Anna@Example.com", role: cluster-admin}
  - {group: "idp:Ops Team", role: edit, namespace: apps}
  - {name: bob, role: view, namespace: kube-system}
`
  const documents = parseAllDocuments(fileOf(access(users), '/server/manifests/site-access.yaml')).map((each) =>
    each.toJS(),
  )
  t.match(documents, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: 'Anna@Example.com' }],
    },
    { kind: 'RoleBinding', metadata: { namespace: 'apps' }, subjects: [{ kind: 'Group', name: 'idp:Ops Team' }] },
    { kind: 'RoleBinding', metadata: { namespace: 'kube-system' }, roleRef: { name: 'view' } },
  ])
  t.equal(documents.length, 4, 'what is there already is not made')
  for (const { metadata } of documents) t.match(metadata.name, /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/)
  t.equal(new Set(documents.map(({ metadata }) => metadata.name)).size, 4)
  const bindings = documents.filter(({ kind }) => kind !== 'Namespace')
  for (const { metadata } of bindings) t.match(metadata.name, /^site-/, 'nothing of the cluster is called after us')
  const moved = '{files: [{path: /etc/rancher/k3s/config.yaml.d/a.yaml, content: "data-dir: /opt/k3s"}]}'
  t.ok(filesOf(access(users, moved)).some(({ path }) => path === '/opt/k3s/server/manifests/site-access.yaml'))
  t.match(told(access(users, moved.replace('/opt', 'opt'))).mistakes, [/users: .*data-dir.* is no absolute path/])
})

await t.test('every mistake at once, each with its place', async (t) => {
  const { mistakes } = told(
    access(`oidc:
  issuerUrl: http://idp.example.com
  usernameClam: email
  signingAlgs: [HS256]
  requiredClaims: {a b: c, d: }
  caCertificate: nonsense
users:
  - {name: a, group: b, role: view}
  - {role: view}
  - {name: a, role: a/b}
  - {name: a, role: view, namespace: Apps}
  - {name: c, role: edit}
  - {name: c, role: edit}
`),
  )
  const at = (line: number, rest: string) => new RegExp(`^${line} kubernetes\\.access\\.${rest}`)
  t.match(mistakes, [
    at(5, 'oidc: oidc: clientId is missing'),
    at(5, 'oidc.issuerUrl: issuerUrl is no https://'),
    at(6, 'oidc.usernameClam: There is no field .*did you mean usernameClaim'),
    at(7, 'oidc.signingAlgs.0.: .*is none of RS256'),
    at(8, 'oidc.requiredClaims.a b: '),
    at(8, 'oidc.requiredClaims.d: '),
    at(9, 'oidc.caCertificate: caCertificate holds no certificate in PEM'),
    at(11, 'users.0..group: It must be one user or one group'),
    at(12, 'users.1..role: It must be one user or one group'),
    at(13, 'users.2..role: role must be the name of a ClusterRole'),
    at(14, 'users.3..namespace: namespace must be a DNS label'),
    at(16, 'users.5.: It stands there twice'),
  ])
  t.equal(mistakes.length, 12, mistakes.join('\n'))
  for (const url of [
    'https://idp.example.com/?a=b',
    'https://idp.example.com/#a',
    'https://u:p@idp.example.com',
    'idp',
  ])
    t.match(told(access(`oidc: {issuerUrl: "${url}", clientId: a}\n`)).mistakes, [/issuerUrl (?:is no|has more)/], url)
})

await t.test('the cluster’s own flags are not said twice, and none takes ours away', async (t) => {
  for (const flag of ['oidc-client-id=x', '--oidc-issuer-url=x', 'authentication-config=/etc/a.yaml']) {
    const { mistakes } = told(access(OIDC, `{serverConfig: {kubeAPIServerArg: ["${flag}"]}}`))
    t.match(
      mistakes,
      [/^8 kubernetes\.access\.oidc: kube-apiserver-arg of the cluster says (?:oidc|authentication)-/],
      flag,
    )
  }
  const behind = '{files: [{path: /etc/rancher/k3s/config.yaml.d/zzz.yaml, content: "kube-apiserver-arg: [v=2]"}]}'
  t.match(told(access(OIDC, behind)).mistakes, [/oidc: A file of config.yaml.d that comes after ours/])
  t.strictSame(told(access(OIDC, behind.replace('arg:', 'arg+:'))).mistakes, [])
  const none = told('version: 1.0\nkubernetes: {kind: none, access: {users: [{name: a, role: view}]}}\n')
  t.match(none.mistakes, [/kind: none is no cluster, and access has no effect/])
})

await t.test('what would grant nothing is a warning', async (t) => {
  const users = 'users: [{name: anna, role: view}, {group: ops, role: cluster-admn}]\n'
  t.match(told(access(`${OIDC}${users}`)).warnings, [
    /users: Users of the issuer begin with https:\/\/idp.example.com\/realms\/edge#, and anna does not/,
    /users: Without groupsClaim no user of the issuer is in a group/,
    /users.1..role: cluster-admn is none of Kubernetes’ own roles: did you mean cluster-admin/,
  ])
  const named = `${OIDC}  usernameClaim: email\n  groupsClaim: groups\nusers: [{name: anna, role: view}, {group: ops, role: own}]\n`
  t.strictSame(told(access(named)).warnings, [])
})

const trusting = (...pems: string[]) => system(`caCertificates:\n${pems.map((pem) => `  - ${block(pem, 4)}`).join('')}`)
const REGISTRIES = `# ours
mirrors:
  docker.io: {endpoint: ["https://mirror.example:5000/v2", "http://plain.example"]}
  ghcr.io: {endpoint: ["https://own.example"]}
configs:
  own.example: {tls: {ca_file: /etc/own.pem}}
  any.example: {tls: {insecure_skip_verify: true}}
  login.example: {auth: {username: a}}
`
const withRegistries = (...pems: string[]) =>
  `${trusting(...pems)}kubernetes:
  ${KIND}  spec:
    template:
      spec:
        kthreesConfigSpec:
          files:
            - path: /etc/rancher/k3s/registries.yaml
              content: ${block(REGISTRIES, 16)}`

await t.test('authorities reach the OS, each by itself, and K3s’s registries that name none', async (t) => {
  const text = withRegistries(CA + SECOND_CA, SECOND_CA)
  const { cloudConfig, told: said } = renderConfig(configOf(text), facts)
  t.strictSame(cloudConfig.ca_certs, { trusted: [CA, SECOND_CA] })
  t.strictSame([fileOf(text, '/site-ca-1.crt'), fileOf(text, '/site-ca-2.crt')], [CA, SECOND_CA])
  t.equal(fileOf(text, 'registry-ca.pem'), CA + SECOND_CA)
  const ca = { ca_file: '/etc/rancher/k3s/registry-ca.pem' }
  const registries = fileOf(text, 'registries.yaml')
  t.match(registries, /^# ours\n/)
  t.strictSame(parse(registries), {
    mirrors: parse(REGISTRIES).mirrors,
    configs: {
      'own.example': { tls: { ca_file: '/etc/own.pem' } },
      'any.example': { tls: { insecure_skip_verify: true } },
      'login.example': { auth: { username: 'a' }, tls: ca },
      'mirror.example:5000': { tls: ca },
    },
  })
  t.match(said, [/registries.yaml: login.example, mirror.example:5000 get tls.ca_file/])
  const without = withRegistries(CA).replace(/^ {2}caCertificates:[\s\S]*?(?=^kubernetes)/m, '  {}\n')
  t.equal(fileOf(without, 'registries.yaml'), REGISTRIES, 'byte for byte without')
})

await t.test('a registries.yaml keeps what it says: numbers as they are written, logins behind an alias', async (t) => {
  const file = (content: string) => ({
    path: '/etc/rancher/k3s/registries.yaml',
    owner: 'root:root',
    permissions: '0600',
    content,
  })
  const given = `configs:
  a.example: &same
    auth: {username: yes, password: 0123}
  b.example: *same
  c.example: {tls: {insecure_skip_verify: "true"}}
`
  const { file: changed, hosts } = withRegistryCa(file(given))
  t.strictSame(hosts, ['a.example', 'b.example'])
  const read = parse(changed.content, { schema: 'failsafe' }) as { configs: Record<string, object> }
  const whole = { auth: { username: 'yes', password: '0123' }, tls: { ca_file: REGISTRY_CA } }
  t.strictSame(read.configs['a.example'], whole)
  t.strictSame(read.configs['b.example'], whole)
  t.match(changed.content, /password: 0123\b/)
  const merged = file('x: &x {auth: {password: p}, tls: {cert_file: /c}}\nconfigs: {a.example: {<<: *x}}\n')
  t.strictSame(parse(withRegistryCa(merged).file.content, { merge: true }).configs, {
    'a.example': { auth: { password: 'p' }, tls: { cert_file: '/c', ca_file: REGISTRY_CA } },
  })
})

await t.test(
  'of a registries.yaml from a secret nothing is told but that it is changed, and of many hosts the first',
  async (t) => {
    const secret = withRegistries(CA).replace(/content: \|[\s\S]*/, 'contentFrom: {secret: {name: a, key: b}}\n')
    const told = (text: string, registries: string) =>
      renderConfig(readConfig(text, { ...context, resolve: () => registries }).config!, facts).told.join()
    t.match(told(secret, REGISTRIES), 'registries.yaml: its registries get tls.ca_file')
    t.notMatch(told(secret, REGISTRIES), 'example')
    const many = Array.from({ length: 40 }, (_, index) => `  h${index}.example: {}\n`).join('')
    const text = withRegistries(CA).replace(/content: \|[\s\S]*/, `content: ${block(`configs:\n${many}`, 16)}`)
    t.match(told(text, ''), /h0\.example.*h4\.example and 35 more get tls\.ca_file/)
  },
)

await t.test('an immutable OS gets them where it can have them, and says that it may not', async (t) => {
  const { cloudConfig, told: said } = renderConfig(configOf(trusting(CA)), { ...facts, imageType: 'immutable' })
  t.equal(cloudConfig.ca_certs, undefined)
  t.strictSame(cloudConfig.write_files, [{ path: '/etc/pki/ca-trust/source/anchors/site-ca-1.pem', content: CA }])
  t.match(cloudConfig.runcmd, [/^update-ca-trust extract && /])
  t.match(said, [/caCertificates is done where the image has update-ca-trust/])
})

await t.test('certificates are looked at', async (t) => {
  const key = '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n'
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  t.strictSame(told(trusting('text\n', CA + broken, CA + key)).mistakes, [
    '4 operatingSystem.caCertificates[0]: caCertificates[0] holds no certificate in PEM',
    '6 operatingSystem.caCertificates[1]: caCertificates[1] holds no X.509 certificate in its block 2',
    '21 operatingSystem.caCertificates[2]: caCertificates[2] holds a private key, which nobody else may have',
  ])
  const warnings = (now?: string) =>
    readConfig(trusting(CA, LEAF), { ...context, now: now === undefined ? undefined : Date.parse(now) }).warnings.map(
      ({ line, sentence }) => `${line} ${sentence}`,
    )
  const leaf = '16 CN=leaf.example is no authority (CA:TRUE is missing): it vouches for nothing'
  t.strictSame(warnings(), [leaf])
  t.strictSame(warnings('2100-01-01'), [leaf])
  t.match(warnings('2126-10-20'), ['4 CN=Example Enterprise CA expires on 2126-11-05', leaf, /expires/])
  t.match(warnings('2127-01-01'), ['4 CN=Example Enterprise CA has expired on 2126-11-05', leaf, /has expired/])
})
