import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { NetworkInterfaceInfo } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { namesOf, staleness } from '../src/tls/leaf.ts'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 10, 20)
const names = { hosts: ['bench-1', 'localhost'], addresses: ['192.168.77.1', '127.0.0.1'] }
const ca = await makeAuthority('the site', now)
const leaf = await makeLeaf(ca, names, now)

await t.test('a server is called by its addresses, its host name and what it calls itself', async (t) => {
  const info = (address: string, more = {}) => ({ family: 'IPv4', internal: false, address, ...more })
  const interfaces = {
    lo: [info('127.0.0.1', { internal: true })],
    eth0: [info('10.0.0.5'), info('fe80::1', { family: 'IPv6' })],
    br0: [info('192.168.77.1')],
  } as unknown as NodeJS.Dict<NetworkInterfaceInfo[]>
  t.strictSame(namesOf(['192.168.77.1'], interfaces, 'Bench-1'), {
    hosts: ['bench-1', 'localhost'],
    addresses: ['192.168.77.1', '10.0.0.5', '127.0.0.1'],
  })
  t.strictSame(namesOf([], {}, '(none)').hosts, ['localhost'], 'no name that a certificate could hold')
  const many = { docker: Array.from({ length: 300 }, (_, at) => info(`172.17.${at >> 8}.${at & 255}`)) }
  const { addresses } = namesOf(['192.168.77.1'], many as never, 'h')
  t.equal(addresses.length, 65)
  t.equal(addresses[0], '192.168.77.1')
})

await t.test('its certificate satisfies a strict verifier, for each name', async (t) => {
  const dir = t.testdir()
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const [root, own] = [file('ca.crt', ca.certificate), file('leaf.crt', leaf.certificate)]
  const verify = (...of: string[]) =>
    execFileSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', ...of, '-CAfile', root, own], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
  for (const address of names.addresses) t.match(verify('-verify_ip', address), /: OK/)
  for (const host of names.hosts) t.match(verify('-verify_hostname', host), /: OK/)
  t.throws(() => verify('-verify_ip', '192.168.77.2'))
  t.equal(leaf.certificate.match(/BEGIN/g)?.length, 2, 'the CA comes with it, as iPXE knows only its fingerprint')
  const { validFromDate, validToDate } = new X509Certificate(leaf.certificate)
  t.equal(validFromDate.getTime(), 0)
  t.equal(validToDate.getTime(), now + 397 * DAY)
})

await t.test('it is made anew when it no longer fits, and not before', async (t) => {
  const stale = (more: Partial<{ names: typeof names; at: number; by: string }> = {}) =>
    staleness(leaf, more.by ?? ca.certificate, more.names ?? names, more.at ?? now)
  t.equal(stale(), null)
  t.equal(stale({ names: { hosts: ['localhost'], addresses: ['192.168.77.1'] } }), null, 'more names than needed')
  t.equal(stale({ at: now + 366 * DAY }), null)
  t.match(stale({ at: now + 368 * DAY }), /it expires in 29 days/)
  t.match(stale({ at: now + 400 * DAY }), /it has expired/)
  t.match(stale({ names: { ...names, addresses: ['192.168.88.1'] } }), /it does not name 192\.168\.88\.1/)
  t.match(stale({ names: { ...names, hosts: ['bench-2'] } }), /it does not name bench-2/)
  t.match(stale({ by: (await makeAuthority('the site', now)).certificate }), /the CA is another one/)
  t.match(staleness({ ...leaf, key: ca.key }, ca.certificate, names, now), /its key is another one/)
  t.match(staleness({ certificate: 'x', key: 'y' }, ca.certificate, names, now), /cannot be read/)
})
