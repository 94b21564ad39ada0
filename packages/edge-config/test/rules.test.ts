import t from 'tap'
import { configOf, context, system, told } from './support/config.ts'

// What a value may be: passwords, addresses, paths, proxies. Each refusal names the field, its place and what to do.

/** The one mistake of a file with this line below operatingSystem, without its place; '' for none. */
const mistake = (line: string, more = {}) =>
  told(system(`${line}\n`), more)
    .mistakes.map((each) => each.replace(/^\d+ \S*: /, ''))
    .join('; ')

await t.test('passwords', async (t) => {
  const hash = (user: string) =>
    configOf(system(`users: [{username: u, ${user}}]\n`)).operatingSystem.users?.[0]?.passwordHash
  const b64 = (text: string) => Buffer.from(text).toString('base64')
  for (const written of ['secret', 'secret\n', 'secret\r\n'])
    t.equal(hash(`password: ${b64(written)}`), context.crypt('secret'), JSON.stringify(written))
  t.equal(hash('plainPassword: "#a: b"'), context.crypt('#a: b'))
  for (const made of [
    '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC',
    '$2b$12$abcdefghijklmnopqrstuu',
  ])
    t.equal(hash(`passwordHash: ${made}`), made)
  const user = (more: string) => mistake(`users: [{username: u, ${more}}]`)
  t.equal(user('password: secret!'), 'password is not base64 of text: did you mean plainPassword?')
  t.equal(user(`password: ${'//8='}`), 'password is not base64 of text: did you mean plainPassword?')
  t.equal(
    user('password: $6$salt$hash'),
    'password is not base64, and looks like a crypt hash: did you mean passwordHash?',
  )
  t.equal(user(`password: ${b64('\n')}`), 'password is empty once it is decoded')
  t.equal(
    user(`password: ${b64('a\nb')}`),
    'password holds a line break or another control character once it is decoded',
  )
  t.equal(user('passwordHash: secret'), 'passwordHash must be a crypt hash', 'what may be a password is not repeated')
  t.match(user('plainPassword: a, password: YQ=='), /password and plainPassword are the same thing/)
})

await t.test('users', async (t) => {
  t.equal(mistake('users: [{username: root}, {username: root}]'), 'The user root stands there twice')
  t.match(mistake('users: [{username: operator}]'), /is an account or group that the OS itself brings along/)
  t.match(mistake('users: [{sshKeys: []}]'), /username is missing/)
  t.match(mistake('sshKey: "1234"'), /is not an OpenSSH public key line/)
  t.match(told(system('users: [{username: edge}]\n')).warnings, [/Nobody can log in as edge/])
  t.equal(mistake(`users: [${'{username: a},'.repeat(33)}]`), 'users holds 33, at most 32 can be')
})

await t.test('static addresses', async (t) => {
  const network = (fields: string, more = {}) => mistake(`network: {${fields}}`, more)
  for (const good of [
    'address: 192.168.1.2, prefix: 24, gateway: 192.168.1.1',
    'address: 192.168.1.2/24, netmask: 255.255.255.0',
    'address: 10.0.0.0/31, gateway: 10.0.0.1',
    'address: "2001:db8::2/64", gateway: "2001:db8::1", dnsServers: "2001:db8::1, 1.1.1.1"',
    'dnsServers: [1.1.1.1]',
  ])
    t.equal(network(good), '', good)
  t.match(network('address: 192.168.01.2, prefix: 24'), /must be an IP address such as 192.168.1.24, and is/)
  t.match(network('address: 192.168.1.2'), /The prefix of the address is missing/)
  t.match(network('address: 192.168.1.2/24, prefix: 16'), /The prefix is said twice, as 24 and 16/)
  t.match(network('address: 192.168.1.2, netmask: 255.0.255.0'), /must be a netmask/)
  t.match(network('address: 192.168.1.2, prefix: 64'), /too long for the address/)
  t.match(network('address: 192.168.1.0/24'), /first or last of its network/)
  t.match(
    network('address: 192.168.1.2/24, gateway: 192.168.2.1'),
    /gateway 192.168.2.1 is outside the network 192.168.1.2\/24/,
  )
  t.equal(network('address: "2001:db8::2/64", gateway: "fe80::1"'), '', 'routers of IPv6 are known by such')
  t.match(network('address: 192.168.1.2/24, gateway: "fe80::1"'), /is outside the network/)
  t.match(network('address: 192.168.1.2/24, gateway: 192.168.1.2'), /the unit’s own address/)
  t.match(network('gateway: 192.168.1.1'), /gateway needs an address/)
  t.match(network('address: 192.168.1.2/24', { of: 'many' }), /The address would be every machine’s/)
  const overlapping = `${system('network: {address: 10.42.3.4/24}\n')}kubernetes: {kind: KThreesControlPlaneTemplate}\n`
  t.strictSame(told(overlapping).mistakes, [
    '3 operatingSystem.network: The unit’s network 10.42.3.4/24 overlaps 10.42.0.0/16, that of the cluster’s pods',
  ])
})

await t.test('files', async (t) => {
  const file = (path: string) => mistake(`files: [{path: "${path}"}]`)
  for (const good of ['/etc/a', '/var/lib/x/y', '/etc//a/./b', '/var/runner', '/var/lib/../log/x'])
    t.equal(file(good), '', good)
  for (const bad of [
    '/',
    '/etc',
    '/etc/',
    '/var/.',
    '/root/x',
    '/etc/../root/x',
    '/etc/../../etc2/x',
    '/etcetera/x',
    'etc/x',
    '/usr/etc/x',
  ])
    t.match(file(bad), /^path (?:is|must|names)/, bad)
  for (const bad of ['/var/run/x', '/var/lock/x', '/var/lib/../run/x', '/var//run/x'])
    t.match(file(bad), /\/var\/run or \/var\/lock/, bad)
  t.match(mistake('files: [{path: /etc/a, permissions: rw}]'), /permissions must be octal/)
  t.match(mistake('files: [{path: /etc/a, owner: "a b"}]'), /owner must be user:group/)
  t.equal(mistake('files: [{path: /etc/a, encoding: base64, content: "eA\\n=="}]'), '')
  t.match(mistake('files: [{path: /etc/a, encoding: base64, content: "x y!"}]'), /The content is not base64/)
})

await t.test('proxies', async (t) => {
  const proxy = (fields: string) => mistake(`proxy: {${fields}}`)
  t.equal(
    proxy(
      'httpProxy: http://me:p%40ss@proxy:3128, socksProxy: socks5://proxy:1080, noProxy: [a, .b, "*.c", 10.0.0.0/8]',
    ),
    '',
  )
  t.match(proxy('httpProxy: proxy.example.com:3128'), /must be a URL such as http:/)
  t.match(proxy('httpProxy: socks5://proxy:1080'), /must be a URL such as http:/)
  t.match(proxy("httpProxy: 'http://a\"b'"), /must be printable ASCII/)
  for (const url of [
    'http://user@corp.com:secret@proxy:3128',
    'http:user:secret@proxy',
    'http:///user:secret@proxy',
    'http://user:secret@proxy:',
    'http://user:p@secret@proxy:3128',
    'http://user:a:secret@proxy',
    'http://user:***x@proxy',
  ]) {
    t.match(proxy(`httpProxy: "${url}"`), /^httpProxy must be a URL such as http:/, url)
    t.notMatch(proxy(`httpProxy: "${url}"`), /secret/)
  }
  t.match(proxy('noProxy: "a b"'), /must be a name, suffix, address or network, and is "a b"/)
  t.match(proxy('httpProxy: http://a, http_proxy: http://b'), /says what httpProxy says already/)
})

await t.test('beside kind: none nothing has an effect', async (t) => {
  t.strictSame(told('kubernetes: {kind: none, apiVersion: a/v1, spec: }\n').mistakes, [])
  t.strictSame(told('kubernetes: {kind: none, spec: {version: v1}}\n').mistakes, [
    '1 kubernetes.spec: kind: none is no cluster, and spec has no effect',
  ])
})
