import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import encodeQR from 'qr'
import decodeQR from 'qr/decode.js'
import t, { type Test } from 'tap'
import { bootUrl } from '../src/firmware-kit/boot-url.ts'
import { caOf, qrText } from '../src/firmware-kit/kit.ts'
import { placesOf } from '../src/up/places.ts'
import { find } from '../src/verbs.ts'
import { site } from './support/site.ts'

// One promise: what a person carries to a machine's firmware setup is the site's CA and its address, in every form the same.

const run = promisify(execFile)
const URL_ = 'https://192.168.77.1:7443/boot/ipxe/snponly.efi'

const dir = t.testdir()
const asked = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30'.split(' ')
const files = ['-keyout', join(dir, 'key.pem'), '-out', join(dir, 'ca.pem')]
await run('openssl', [...asked, '-subj', '/CN=eims site CA', ...files])
const pem = readFileSync(join(dir, 'ca.pem'), 'utf8')
const ca = new X509Certificate(pem)

const counted = { formerAddresses: [], dhcp: {}, tftp: {}, http: {}, heardServers: [] }
const served = {
  ...counted,
  interface: 'br0',
  address: '192.168.77.1',
  url: 'http://192.168.77.1:7480',
  away: null,
}
const away = {
  ...counted,
  interface: 'br1',
  address: '192.168.78.1',
  url: 'http://192.168.78.1:7480',
  away: 'no-link' as const,
}
const wanted = { file: 'snponly.efi', httpsPort: 7443, plain: false }

/** A server as far as the verb asks it, and the verb. */
async function bench(t: Test, more: object) {
  const server = createServer((request, response) => {
    if (request.url === '/ca.crt') return void response.end(pem)
    const counters = { server: { id: 's', name: 'one', startedAt: '2026-11-20T10:00:00.000Z' }, stored: null }
    const body =
      request.url === '/api/v1/site'
        ? { ...site, https: true, caFingerprint: ca.fingerprint256, ...more }
        : { ...counters, interfaces: [away, served] }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const at = { EIMS_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, EIMS_KEY: 'key' }
  const env = { ...at, HOME: dir, EIMS_CACHE: placesOf(process.env).cacheDir }
  const { verb } = find(['site', 'firmware-kit'])!
  return async (...argv: string[]) => {
    const printed = t.capture(process.stdout, 'write', () => true)
    await verb.run(argv, env).finally(() => printed.restore())
    return printed()
      .map((call) => String(call.args[0]))
      .join('')
  }
}

await t.test('a folder, and a FAT volume that firmware reads', async (t) => {
  const kit = await bench(t, {})
  const out = join(mkdtempSync(join(dir, 'kit-')), 'out')
  const said = JSON.parse(await kit(out, '--json'))
  const files = ['README.txt', 'boot-url.svg', 'boot-url.txt', 'eims-ca.cer']
  t.match(said, { folder: out, url: URL_, caFingerprint: ca.fingerprint256 })
  t.strictSame(said.files.toSorted(), [...files, 'firmware-kit.img'].toSorted())
  t.strictSame(readdirSync(out).toSorted(), said.files.toSorted())
  t.strictSame(new X509Certificate(readFileSync(join(out, 'eims-ca.cer'))).fingerprint256, ca.fingerprint256)
  t.equal(readFileSync(join(out, 'eims-ca.cer'))[0], 0x30, 'DER, which is what menus take as .cer')
  t.equal(readFileSync(join(out, 'boot-url.txt'), 'utf8'), `${URL_}\r\n`)
  t.match(readFileSync(join(out, 'README.txt'), 'utf8'), ca.fingerprint256)
  t.match(readFileSync(join(out, 'README.txt'), 'latin1'), /^[\x20-\x7e\r\n]*$/, 'in letters that every menu has')

  const volume = ['-i', join(out, 'firmware-kit.img')]
  const { stdout } = await run('mdir', [...volume, '-b', '::'])
  t.strictSame(
    stdout.trim().split('\n').toSorted(),
    files.map((name) => `::/${name}`),
  )
  for (const name of files) {
    const read = await run('mtype', [...volume, `::/${name}`], { encoding: 'buffer' })
    t.ok(read.stdout.equals(readFileSync(join(out, name))), `${name} is on it as it is beside it`)
  }
})

await t.test('what is there already stays, unless somebody insists', async (t) => {
  const kit = await bench(t, {})
  const out = mkdtempSync(join(dir, 'kit-'))
  await kit(out)
  await t.rejects(kit(out), { message: /is not empty; give another folder, or --force/, exitCode: 2 })
  writeFileSync(join(out, 'boot-url.txt'), 'old')
  writeFileSync(join(out, 'mine.txt'), 'mine')
  await kit(out, '--force')
  t.equal(readFileSync(join(out, 'boot-url.txt'), 'utf8'), `${URL_}\r\n`)
  t.equal(readFileSync(join(out, 'mine.txt'), 'utf8'), 'mine')
  await t.rejects(kit(join(out, 'mine.txt')), { message: /is a file; give a folder/ })
  await t.rejects(kit(join(out, 'no/such')), { message: /there is no folder/ })
  t.strictSame(
    readdirSync(dir).filter((name) => name.startsWith('.eims')),
    [],
    'and nothing is left over',
  )
})

await t.test('without HTTPS there is nothing to trust, which is said', async (t) => {
  const kit = await bench(t, { https: false })
  const out = join(mkdtempSync(join(dir, 'kit-')), 'out')
  await t.rejects(kit(out), {
    message:
      /needs no CA: the address is http:\/\/192\.168\.77\.1:7480\/boot\/ipxe\/snponly\.efi\. For a kit with that, give --plain/,
  })
  t.match(await kit(out, '--plain'), /none is needed for plain HTTP/)
  t.notOk(readdirSync(out).includes('eims-ca.cer'))
  await t.rejects(kit(out, '--boot-file', '../x'), { message: /--boot-file must be a plain file name/, exitCode: 2 })
  await t.rejects(kit(out, '--https-port', '0'), { message: /--https-port must be a number/, exitCode: 2 })
})

await t.test('the address, and what does not go together', async (t) => {
  const open = { https: true, plainHttp: 'allowed' } as const
  t.equal(bootUrl(open, [away, served], wanted), URL_)
  t.equal(bootUrl(open, [away, served], { ...wanted, interface: 'br1' }), URL_.replace('77', '78'))
  const shim = 'http://192.168.77.1:7480/boot/ipxe/shimx64.efi'
  t.equal(bootUrl(open, [served], { ...wanted, file: 'shimx64.efi' }), shim, 'GRUB knows no TLS')
  const refused = { https: true, plainHttp: 'refused' } as const
  t.throws(() => bootUrl(refused, [served], { ...wanted, file: 'shimx64.efi' }), /starts GRUB, which knows no TLS/)
  t.throws(() => bootUrl(refused, [served], { ...wanted, plain: true }), /--plain asks for it/)
  t.throws(() => bootUrl(open, [away], wanted), /no interface of this server is reached/)
  t.throws(() => bootUrl(open, [served], { ...wanted, interface: 'eth9' }), /no interface eth9; there are: br0/)
})

await t.test('a CA that is not the one that the site names is not handed on', async (t) => {
  t.equal(caOf(pem, ca.fingerprint256).fingerprint256, ca.fingerprint256)
  t.throws(() => caOf(pem, '00:11'), /is not the site’s: its SHA-256 is/)
  t.throws(() => caOf('<html>', ca.fingerprint256), /gave 0 certificates/)
  t.throws(() => caOf(pem + pem, ca.fingerprint256), /gave 2 certificates/)
})

await t.test('the QR code says the address', async (t) => {
  const bits = encodeQR(URL_, 'raw', { border: 4 })
  const [size, scale] = [bits.length, 4]
  const data = new Uint8Array((size * scale) ** 2 * 4).fill(255)
  for (let y = 0; y < size * scale; y++)
    for (let x = 0; x < size * scale; x++)
      if (bits[Math.floor(y / scale)]![Math.floor(x / scale)])
        data.fill(0, (y * size * scale + x) * 4, (y * size * scale + x) * 4 + 3)
  t.equal(decodeQR({ width: size * scale, height: size * scale, data }), URL_)
  t.match(qrText(URL_), /^[█▀▄ \n]+$/)
})
