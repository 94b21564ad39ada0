import { effective, sha512Crypt } from '@eims/edge-config'
import type { Test } from 'tap'
import { parse } from 'yaml'
import type { Bench } from '../../vm/bench.ts'
import { type Expected, PASSWORD, PROXY } from './config-files.ts'

/** A call of K3s or its installer, as the lab's stand-ins note it. */
interface Call {
  program: string
  arguments: string[]
  directory: string
  environment: Record<string, string>
  /** below /etc/rancher/k3s, as they were then */
  files: Record<string, string>
  /** SHA-256 of manifests and archives of images that lay ready, as they were then */
  given: Record<string, string>
}

interface Unit {
  mac: string
  name: string
  expected: Expected
}

/** Proves that neither desk nor server of a site, nor a machine on its LAN, reaches anything outside. */
export async function proveNoRoute(t: Test, bench: Bench, { mac, expected }: Unit): Promise<void> {
  const outside = '192.0.2.1' // TEST-NET-1 of RFC 5737
  for (const namespace of [bench.lan.site, bench.lan.service])
    await t.rejects(namespace.exec('ip', ['route', 'get', outside]), /unreachable/i, 'no route')
  await t.rejects(bench.ssh(mac, `ping -c 1 -W 2 ${outside}`, expected.user), { code: 1 }, 'nothing answers outside')
}

/** Proves that a unit is what its config-file says: users, proxies and files. */
export async function proveConfig(t: Test, bench: Bench, { mac, name, expected }: Unit): Promise<void> {
  const run = (command: string) => bench.ssh(mac, command, expected.user)
  const hash = (await run(`sudo getent shadow ${expected.user}`)).split(':')[1] ?? ''
  t.equal(hash, sha512Crypt(PASSWORD, hash.split('$')[2] ?? ''), 'its password, as a hash')
  const networks = [expected.k3s['cluster-cidr'], expected.k3s['service-cidr']].join(',')
  const direct = `localhost,127.0.0.1,::1,${name},${networks},.svc,.cluster.local,192.168.0.0/16,.example.com`
  const lines = Object.entries({ http_proxy: PROXY, https_proxy: PROXY, no_proxy: direct }).flatMap(([key, value]) =>
    [key, key.toUpperCase()].map((each) => `${each}="${value}"`),
  )
  t.strictSame((await run('grep -i _proxy= /etc/environment')).split('\n'), lines, 'proxies of every shell')
  const paths = expected.files.map(({ path }) => path)
  const there = (
    await run(`for file in ${paths.join(' ')}; do sudo stat -c %a $file; sudo base64 -w0 $file; echo; done`)
  )
    .split('\n')
    .map((text, index) => (index % 2 === 0 ? text : Buffer.from(text, 'base64').toString()))
  for (const [index, { path, content, permissions }] of expected.files.entries())
    t.strictSame(there.slice(index * 2, index * 2 + 2), [permissions, content], `${path} byte for byte`)
}

/** Proves that a unit found its seed in this boot. */
export async function proveSeed(t: Test, bench: Bench, { mac, expected }: Unit): Promise<void> {
  const run = (command: string) => bench.ssh(mac, command, expected.user)
  t.equal(await run('cat /run/cloud-init/cloud-id'), 'nocloud')
  t.match(await run('cat /var/lib/cloud/instance/datasource'), /DataSourceNoCloud \[seed=\/dev\/\w+\]/)
}

/** Proves that K3s runs, and is reached from the site's desk. */
export async function proveReached(t: Test, bench: Bench, { mac, expected }: Unit): Promise<void> {
  const state = 'systemctl is-enabled k3s; systemctl is-active k3s'
  t.equal(await bench.ssh(mac, state, expected.user), 'enabled\nactive')
  const address = await bench.dhcp.addressOf(mac)
  const ping = ['--silent', '--insecure', '--max-time', '30', '--noproxy', '*', `https://${address}:6443/ping`]
  t.equal((await bench.lan.site.exec('curl', ping)).stdout, 'pong', 'port 6443 is reached from the desk')
}

/** Proves that K3s was installed and runs; where it is stood in for, how it and its installer were called. */
export async function proveK3s(t: Test, bench: Bench, unit: Unit, isReal: boolean): Promise<void> {
  const { mac, name, expected } = unit
  const run = (command: string) => bench.ssh(mac, command, expected.user)
  t.equal(await run('cat /run/cluster-api/bootstrap-success.complete'), 'success')
  await proveReached(t, bench, unit)
  if (isReal) return
  const calls = (await run('sudo cat /var/log/k3s-standin')).split('\n').map((line) => JSON.parse(line) as Call)
  t.match(calls, [
    { program: 'install.sh', arguments: [], directory: '/' },
    { program: 'k3s', arguments: ['server'], directory: '/' },
  ])
  const [installer, server] = calls
  const { environment } = installer!
  const install = Object.entries(environment).filter(([key]) => key.startsWith('INSTALL_'))
  t.strictSame(Object.fromEntries(install), expected.install, 'what install.sh was told')
  const proxies = { http_proxy: PROXY, HTTP_PROXY: PROXY, https_proxy: PROXY, HTTPS_PROXY: PROXY }
  t.match(environment, proxies, 'install.sh knows the proxies')
  t.match(server!.environment, proxies, 'and K3s does')
  t.match(installer!.given, expected.given, 'what lay ready before install.sh was called')
  t.match(server!.environment.no_proxy, expected.k3s['service-cidr']![0]!)
  const { 'node-name': nodeName, ...settings } = Object.fromEntries(effectiveOf(server!.files))
  t.strictSame(nodeName, [name])
  t.strictSame(settings, expected.k3s, 'what K3s makes of its configuration')
}

/** K3s reads config.yaml, then what config.yaml.d holds, by name. */
function effectiveOf(files: Record<string, string>): Map<string, string[]> {
  const [main, ...dropIns] = [
    '/etc/rancher/k3s/config.yaml',
    ...Object.keys(files)
      .filter((path) => path.includes('.d/'))
      .sort(),
  ]
  return effective([main, ...dropIns].map((path) => parse(files[path!]!, { version: '1.1' }) as unknown))
}
