import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { imageArguments } from '../src/up/image-options.ts'
import { serviceProgram } from '../src/up/places.ts'
import { openSockets, portFlags, portsOf } from '../src/up/service-ports.ts'
import { tlsArguments } from '../src/up/tls-files.ts'
import { doctor } from '../src/verbs/doctor.ts'
import { up } from '../src/verbs/up.ts'

const usual = { 'http-port': '7480', 'https-port': '7443', 'admin-port': '7481', 'admin-https-port': '7444' }

await t.test('ports as usual, as given, and never two alike', async (t) => {
  t.strictSame(portsOf({}), usual)
  t.strictSame(portsOf({ 'https-port': '443', 'admin-https-port': '0' }), {
    ...usual,
    'https-port': '443',
    'admin-https-port': '0',
  })
  t.throws(() => portsOf({ 'https-port': '7480' }), /--http-port and --https-port are both 7480; they must differ/)
  t.throws(() => portsOf({ 'https-port': '0' }), /--https-port must be a port number from 1 to 65535, not "0"/)
  t.throws(() => portsOf({ 'admin-https-port': '70000' }), /from 1 to 65535 \(0: none\), not "70000"/)
})

await t.test('both of the machines’ ports are opened on every interface', async (t) => {
  const [script, ...rest] = openSockets(portsOf({}), ['br0', 'br1'], ['node', 'main.ts'])
  t.match(script, /open-sockets\.pl$/)
  t.equal(rest.join(' '), '7480 7443 br0 br1 -- node main.ts')
})

await t.test('`eims serve` starts the program that `eims up` starts', async (t) => {
  const [, ...rest] = serviceProgram('$root')
  const launcher = readFileSync(resolve(import.meta.dirname, '../../../eims'), 'utf8')
  t.match(launcher, `/bin/node" ${rest[0]} "${rest[1]}" --artifacts`)
})

await t.test('TLS files that belong together are given together', async (t) => {
  const dir = t.testdir()
  const file = join(dir, 'a.pem')
  writeFileSync(file, '')
  t.strictSame(tlsArguments({}), [])
  t.strictSame(tlsArguments({ 'ca-cert': file, 'ca-key': file }), ['--ca-cert', file, '--ca-key', file])
  const pair = { 'tls-cert': file, 'tls-key': file }
  t.strictSame(tlsArguments({ 'ca-cert': file, ...pair }).length, 6, 'the CA’s key may stay elsewhere')
  t.throws(() => tlsArguments({ 'ca-key': file }), /--ca-key needs --ca-cert; give both/)
  t.throws(() => tlsArguments({ 'tls-key': file }), /--tls-key needs --tls-cert/)
  t.throws(() => tlsArguments({ 'tls-cert': file }), /--tls-cert needs --tls-key/)
  t.throws(() => tlsArguments({ 'ca-cert': file }), /--ca-cert needs --ca-key; or keep that key elsewhere/)
  t.throws(
    () => tlsArguments({ ...pair, 'tls-key': join(dir, 'none') }),
    /--tls-key .*none cannot be read: there is no/,
  )
})

await t.test('folders that images are added from', async (t) => {
  const dir = t.testdir({ a: {}, b: {}, file: '' })
  const given = ['a', 'b'].map((name) => join(dir, name))
  t.strictSame(imageArguments({}), [])
  t.strictSame(
    imageArguments({ 'image-folder': given }),
    given.flatMap((folder) => ['--image-folder', folder]),
  )
  for (const name of ['file', 'none'])
    t.throws(
      () => imageArguments({ 'image-folder': [join(dir, name)] }),
      /--image-folder must name a folder .* is none/,
    )
  t.throws(() => imageArguments({ 'image-folder': [''] }), /the empty name is none/)
})

await t.test('what images leave free', async (t) => {
  t.strictSame(imageArguments({ 'keep-free': '2GB' }), ['--keep-free', '2000000000'])
  for (const none of ['1MB', '2TB', 'much', '-1GB', ''])
    t.throws(() => imageArguments({ 'keep-free': none }), /--keep-free (must be from 64 MB to 1 TB|".*" is no size)/)
})

await t.test('up and doctor take every port by the same flag', async (t) => {
  for (const flag of Object.keys(portFlags)) {
    const args = Object.entries(portFlags).flatMap(([each, usual]) => [`--${each}`, each === flag ? 'none' : usual])
    for (const verb of [up, doctor]) {
      await t.rejects(verb.run(args, process.env), new RegExp(`--${flag} must be a port number`))
      t.match(verb.help, ` --${flag} N`)
    }
  }
})
