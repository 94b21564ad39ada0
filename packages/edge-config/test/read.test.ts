import { placesIn, withHiddenSecrets } from '@eims/contracts'
import { Notes, parseYaml } from '@eims/placed-yaml'
import fc from 'fast-check'
import t from 'tap'
import { withBreaks } from '../src/broken-quotes.ts'
import { readConfig, writeConfig } from '../src/index.ts'
import { LIMITS } from '../src/limits.ts'
import { configOf, context, system, told } from './support/config.ts'

// What the config-file says comes out as data, with each password as its hash; what it cannot mean is told at its place.

await t.test('the proposal’s own example', async (t) => {
  const text = `version: 1.0
operatingSystem:
  users:
    - username: root
      password: cGFzc3dvcmQK
  proxy:
    httpProxy: http://proxy.example.com
    httpsProxy: http://proxy.example.com
    noProxy: localhost,127.0.0.1,10.0.0.0/8,192.168.0.0/16,.example.com
  sshKey:
kubernetes:
`
  t.strictSame(told(text), { mistakes: [], warnings: [] })
  const { operatingSystem } = configOf(text)
  t.strictSame(operatingSystem, {
    users: [{ username: 'root', passwordHash: context.crypt('password') }],
    proxy: {
      httpProxy: 'http://proxy.example.com',
      httpsProxy: 'http://proxy.example.com',
      noProxy: ['localhost', '127.0.0.1', '10.0.0.0/8', '192.168.0.0/16', '.example.com'],
    },
  })
})

await t.test('quoted text that goes on at the beginning of a line', async (t) => {
  const text = system(`commands:
  - "echo '[Service]
NEXT=/etc/environment' > /etc/systemd/x.conf"
  - "folded
    as YAML folds it"
ntpServers: [":"]
`).replace(/^ +NEXT/m, 'NEXT')
  t.strictSame(configOf(text).operatingSystem.commands, {
    after: ["echo '[Service]\nNEXT=/etc/environment' > /etc/systemd/x.conf", 'folded as YAML folds it'],
  })
  const broken = `${text}  bootOrder: tape\n`
  t.strictSame(told(broken), {
    mistakes: ['9 operatingSystem.bootOrder: bootOrder is none of disk, network'],
    warnings: ['4 : The quoted text goes on in the next line at its very beginning: the break is read as a line break'],
  })
})

await t.test('what many aliases name is looked through once', async (t) => {
  const list = `[${'a,'.repeat(20_000)}]`
  const text = `kubernetes:\n  a: &a ${list}\n  b: [${'*a,'.repeat(100)}]\n  c: "x\ny"\n`
  const mapping = `{${Array.from({ length: 1000 }, (_, at) => `k${at}: v`).join(',')}}`
  const merged = `kubernetes:\n  a: &a ${mapping}\n  b: [${'{<<: *a},'.repeat(100)}]\n  c: "x\ny"\n`
  for (const given of [text, merged]) {
    t.match(withBreaks(given, () => {}).text, /"x\\ny"/)
    const [document] = parseYaml({ text: given, placeOf: placesIn(given) }, new Notes(), LIMITS)
    t.ok(document!.writtenAs('PLAIN').length < given.length)
  }
})

await t.test('other spellings', async (t) => {
  const { mistakes, warnings } = told(`Version: "1"
os:
  users: {name: edge, sshKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPMBTHrMgVsKiJyrZKoIWwDOPmlN7BpCPqpaXDm9obs6}
  host_type: Kubernetes
  huge_page_config: 12 * 1024
  user_custom_ntp_servers: a.example,b.example
  http_proxy: http://proxy:3128
  user_name: me
  lvmSize: 3
  bootOrdr: disk
write_files: []
`)
  t.strictSame(mistakes, [
    '7 os.http_proxy: There is no field http_proxy: did you mean proxy.httpProxy?',
    '8 os.user_name: There is no field user_name: did you mean users, a list with username?',
    '9 os.lvmSize: There is no field lvmSize: did you mean lvmSizeGb?',
    '10 os.bootOrdr: There is no field bootOrdr: did you mean bootOrder?',
    '11 write_files: There is no field write_files: did you mean operatingSystem.write_files?',
  ])
  t.strictSame(warnings, [
    '1 Version: Version is read as version',
    '3 os: os is read as operatingSystem',
    '3 os.users: users is a list',
    '3 os.users.name: name is read as username',
    '3 os.users.sshKey: sshKey is read as sshKeys',
    '3 os.users.sshKey: sshKey is a list',
    '4 os.host_type: host_type is read as hostType',
    '4 os.host_type: host_type is written kubernetes',
    '5 os.huge_page_config: huge_page_config is read as hugePages',
    '6 os.user_custom_ntp_servers: user_custom_ntp_servers is read as ntpServers',
  ])
})

await t.test('what cannot be read as a config-file at all', async (t) => {
  const refused = (text: string, mistake: string) => t.strictSame(told(text).mistakes, [mistake], mistake)
  refused('', '1 : The file is empty')
  refused('# nothing\n', '1 : The file is empty')
  refused('- a\n', '1 : The document must be a mapping')
  refused('# raw\nhttp_proxy=""\n', '1 : This is a raw config-file (name="value" lines)')
  refused('version: 2.0\n', '1 version: version must be 1.0, and is "2.0"')
  refused('version: 1.0\n---\nversion: 1.0\n', '1 : More than 1 documents')
  refused('version: 1.0\nversion: 1.0\n', '2 version: version stands there twice, first in line 1')
  refused(`${' '.repeat(128 * 1024)}a`, '1 : The file has more than 131072 characters')
  refused(system('users: 3\n'), '3 operatingSystem.users: users must be a mapping')
  refused(
    'kubernetes: {kind: KThreesControlPlaneTemplat}\n',
    '1 kubernetes.kind: There is no kind "KThreesControlPlaneTemplat" of cluster: did you mean KThreesControlPlaneTemplate?',
  )
  refused('kubernetes: {kind: Docker}\n', '1 kubernetes.kind: There is no kind "Docker" of cluster')
})

await t.test('what is written is read again, and is the same', async (t) => {
  const text = system(`users:
  - {username: root, plainPassword: "  secret: #1 "}
  - {username: edge, passwordHash: $y$j9T$abcdefgh$abcdefgh, sudo: false, groups: [render]}
network: {address: 192.168.1.2/24, gateway: 192.168.1.1, dnsServers: [192.168.1.1]}
files:
  - {path: /etc/motd, content: "a\\n  b: \\"c\\"\\n\\n# no comment\\n", permissions: 0600, append: true}
  - {path: /etc/b, content: "x\\n      passwordHash: kept\\n"}
proxy: {httpProxy: "http://u:p%40ss@proxy:3128", noProxy: .corp}
commands: [[echo, a b], "for i in 1 2; do\\n  echo $i\\ndone\\n"]
hugePages: 12 * 1024
`)
  const config = configOf(`${text}kubernetes: none\n`)
  const written = writeConfig(config)
  t.strictSame(writeConfig(configOf(written)), written)
  t.strictSame(configOf(written).operatingSystem, config.operatingSystem)
  t.notMatch(written, /secret/)
  const hidden = withHiddenSecrets(written)
  t.notMatch(hidden, /\$[6y]\$|p@ss|pa:ss/)
  t.match(hidden, /http:\/\/u:\*\*\*@proxy/)
  t.match(hidden, /passwordHash: kept\n/, 'a file may hold such a line')
  t.strictSame(writeConfig(configOf(hidden, { stored: config })), written, 'hidden hashes are the stored ones')
  t.match(told(hidden).mistakes, [/of root/, /of edge/, /of httpProxy/])
})

await t.test('no password of a proxy is shown, and the stored one comes back for it', async (t) => {
  for (const url of [
    'http://user:S3CRET@proxy:3128',
    'HTTP://User:S3CRET@Proxy.Example:80/',
    'http://:S3CRET@proxy',
    'http://user:p%40S3CRET%3A@proxy:3128',
    "http://user:S3CRET!$&'()*+,;=~`|^{}<>@proxy",
    'http://user:%2A%2A%2AS3CRET@[2001:db8::1]:3128/a@b:c?d@e#f',
    'https://user%40corp.com:S3CRET@proxy/#',
  ]) {
    const config = configOf(system(`proxy: {httpProxy: '${url.replaceAll("'", "''")}'}\n`))
    const stored = writeConfig(config)
    t.equal(
      config.operatingSystem.proxy?.httpProxy,
      url,
      'as it was written: curl takes a proxy without a port for 1080',
    )
    const hidden = withHiddenSecrets(stored)
    t.notMatch(hidden, /S3CRET/, url)
    t.match(hidden, /:\*{3}@/, url)
    t.equal(writeConfig(configOf(hidden, { stored: config })), stored, url)
    t.equal(withHiddenSecrets(hidden), hidden)
  }
})

await t.test('a password in a proxy that other readers would see elsewhere is hidden all the same', async (t) => {
  for (const url of [
    'http://user@corp.com:S3CRET@proxy:3128',
    'http:user:S3CRET@proxy',
    'http:///user:S3CRET@proxy',
    'http://user:p@S3CRET@proxy:3128',
    'http://user:a:S3CRET@proxy',
    '"http://user:S3CRET@proxy:"',
  ])
    t.notMatch(withHiddenSecrets(`version: "1.0"\noperatingSystem:\n  proxy:\n    httpProxy: ${url}\n`), /S3CRET/, url)
})

await t.test('a key with nothing behind it says nothing, and an empty list says none', async (t) => {
  const read = (text: string) => configOf(system(text)).operatingSystem
  t.strictSame(
    read(
      'users:\nsshKey:\nproxy:\n  httpProxy:\n  noProxy:\nntpServers:\nfiles:\ncommands:\nservices: {enable: }\nssh:\n',
    ),
    {},
  )
  t.strictSame(read('users: []\nntpServers: []\nfiles: []\ncommands: []\nproxy: {}\n'), {
    users: [],
    ntpServers: [],
    files: [],
    commands: { after: [] },
    proxy: {},
  })
  t.strictSame(configOf('operatingSystem:\n').operatingSystem, {})
})

await t.test('any text is read, or told what is wrong with it', async () => {
  const parts =
    'version: 1.0¦operatingSystem:¦kubernetes:¦  users:¦    - username: root¦      password: ¦"¦\'¦\n¦  files:¦  network:¦' +
    '    - {path: /etc/a, content: &a x}¦*a¦<<: *a¦ |¦\t¦[¦]¦{¦}¦: ¦- ¦    address: ¦10.0.0.1/8¦::1¦  kind: none¦' +
    'http_proxy="¦#¦---¦!!int 3¦\0¦\ud800'
  const piece = fc.oneof(fc.string(), fc.constantFrom(...parts.split('¦')))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const { config, mistakes } = readConfig(pieces.join(''), context)
      const again = config && readConfig(writeConfig(config), context)
      return (config === null) === mistakes.length > 0 && (again === null || again.config !== null)
    }),
    { numRuns: 3000 },
  )
})
