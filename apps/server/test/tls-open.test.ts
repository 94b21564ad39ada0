import { X509Certificate } from 'node:crypto'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@eims/lab'
import { replaceSiteCa, siteCa } from '@eims/registry'
import t from 'tap'
import { openTls, type TlsFiles } from '../src/tls/open.ts'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'
import { startDatabases, temporaryFolder } from './support/databases.ts'

const { fresh } = await startDatabases(t)
const silent = { info: () => {}, warn: () => {} }
const none: TlsFiles = { caCert: null, caKey: null, tlsCert: null, tlsKey: null }
const names = () => ({ hosts: ['localhost'], addresses: ['127.0.0.1'] })
const DAY = 86_400_000
const start = Date.UTC(2026, 10, 20)

async function bench(t: Parameters<typeof fresh>[0]) {
  const { db } = await fresh(t)
  const dataDir = await temporaryFolder(t)
  const clock = { now: start, names: names() }
  const open = async (files: Partial<TlsFiles> = {}, folder = dataDir, everyCa = 60_000) => {
    const common = { db, names: () => clock.names, now: () => clock.now, log: silent, everyCa }
    const tls = await openTls({ ...common, dataDir: folder, files: { ...none, ...files } })
    t.teardown(() => tls[Symbol.dispose]())
    return tls
  }
  const file = (name: string, text: string) => {
    writeFileSync(join(dataDir, name), text)
    return join(dataDir, name)
  }
  return { db, dataDir, clock, open, file }
}

await t.test('two servers share the CA and have a certificate each, which a restart keeps', async (t) => {
  const { open, dataDir } = await bench(t)
  const [one, two] = await Promise.all([open(), open({}, await temporaryFolder(t))])
  t.equal(one.ca(), two.ca())
  t.not(one.inUse.current().certificate, two.inUse.current().certificate)
  t.equal(statSync(join(dataDir, 'tls/server.pem')).mode & 0o777, 0o600)
  const again = await open()
  t.equal(again.inUse.current().certificate, one.inUse.current().certificate)
})

await t.test('it is renewed under way: for a new address, before it expires, and for another CA', async (t) => {
  const { open, clock, db } = await bench(t)
  const tls = await open()
  const shown = () => tls.inUse.current().certificate
  const first = shown()
  await tls.look()
  t.equal(shown(), first, 'nothing changed')
  clock.names = { ...clock.names, addresses: ['127.0.0.1', '192.168.88.1'] }
  await tls.look()
  const second = shown()
  t.ok(new X509Certificate(second).checkIP('192.168.88.1'))
  clock.now += 370 * DAY
  await tls.look()
  t.not(shown(), second)
  const other = await makeAuthority('other', start)
  await replaceSiteCa(db, other)
  await tls.look()
  t.equal(tls.ca(), other.certificate)
  t.ok(new X509Certificate(shown()).checkIssued(new X509Certificate(other.certificate)))
})

await t.test('a given CA is stored for every server, and signs', async (t) => {
  const { open, db, file } = await bench(t)
  const given = await makeAuthority('given', start)
  await open()
  const tls = await open({ caCert: file('ca.crt', given.certificate), caKey: file('ca.key', given.key) })
  t.equal(tls.ca(), given.certificate)
  t.equal((await siteCa(db))?.key, given.key)
  t.ok(new X509Certificate(tls.inUse.current().certificate).verify(new X509Certificate(given.certificate).publicKey))
})

/** What machines are told and what they are shown fit together. */
const fits = (tls: Awaited<ReturnType<typeof openTls>>) => {
  const authority = new X509Certificate(tls.ca())
  const told = Buffer.from(tls.fingerprint()).toString('hex')
  const shown = new X509Certificate(tls.inUse.current().certificate)
  return shown.verify(authority.publicKey) && told === authority.fingerprint256.replaceAll(':', '').toLowerCase()
}

await t.test('the other server takes a new CA over soon, or keeps the former with its certificate', async (t) => {
  const { open, db, dataDir, file } = await bench(t)
  const two = await temporaryFolder(t)
  const [one, other] = [await open({}, two, 20), await open()]
  const former = one.ca()
  const shown = other.inUse.current()
  const given = await makeAuthority('given', start)
  const files = { caCert: file('ca.crt', given.certificate), caKey: file('ca.key', given.key) }
  await open(files, await temporaryFolder(t))
  await until(() => one.ca() !== former)
  t.equal(one.ca(), given.certificate, 'without a look')
  t.ok(fits(one))
  // Its disk takes no file any more.
  rmSync(join(dataDir, 'tls'), { recursive: true })
  writeFileSync(join(dataDir, 'tls'), '')
  await other.look()
  t.equal(other.ca(), former)
  t.equal(other.inUse.current(), shown)
  t.ok(fits(other))
  rmSync(join(dataDir, 'tls'))
  await other.look()
  t.equal(other.ca(), given.certificate)
  t.ok(fits(other))
  await replaceSiteCa(db, { certificate: (await makeAuthority('elsewhere', start)).certificate, key: null })
  await other.look()
  t.equal(other.ca(), given.certificate, 'nobody here can sign by the new one')
  t.ok(fits(other))
})

await t.test('a given certificate stays with the CA that it is by', async (t) => {
  const { open, db, file } = await bench(t)
  const company = await makeAuthority('company', start)
  const leaf = await makeLeaf(company, names(), start)
  const files = { tlsCert: file('s.crt', leaf.certificate), tlsKey: file('s.key', leaf.key) }
  const tls = await open({ caCert: file('ca.crt', company.certificate), ...files })
  const next = await makeAuthority('next', start)
  await replaceSiteCa(db, next)
  await tls.look()
  t.equal(tls.ca(), company.certificate)
  t.ok(fits(tls))
  const renewed = await makeLeaf(next, names(), start)
  writeFileSync(files.tlsCert, renewed.certificate)
  writeFileSync(files.tlsKey, renewed.key)
  await tls.look()
  t.equal(tls.ca(), next.certificate)
  t.ok(fits(tls))
})

await t.test('a given certificate is shown as it is; the CA’s key may stay elsewhere', async (t) => {
  const { open, file } = await bench(t)
  const company = await makeAuthority('company', start)
  const leaf = await makeLeaf(company, names(), start)
  const files = { tlsCert: file('s.crt', leaf.certificate), tlsKey: file('s.key', leaf.key) }
  const tls = await open({ caCert: file('ca.crt', company.certificate), ...files })
  t.strictSame(tls.inUse.current(), leaf)
  await t.rejects(open(), /the key of the site’s CA is kept elsewhere; give this server its certificate/)
  const renewed = await makeLeaf(company, names(), start + DAY)
  writeFileSync(files.tlsCert, renewed.certificate)
  writeFileSync(files.tlsKey, renewed.key)
  await tls.look()
  t.strictSame(tls.inUse.current(), renewed, 'a renewed file is taken over')
  writeFileSync(files.tlsCert, 'half a fi')
  await tls.look()
  t.strictSame(tls.inUse.current(), renewed, 'a broken one is not')
})

await t.test('files that do not fit are refused by name', async (t) => {
  const { open, file, dataDir, clock } = await bench(t)
  const one = await makeAuthority('one', start)
  const leaf = await makeLeaf(one, names(), start)
  const [crt, key, caKey] = [file('s.crt', leaf.certificate), file('s.key', leaf.key), file('ca.key', one.key)]
  await t.rejects(open({ tlsCert: crt, tlsKey: caKey }), /--tls-key .*ca\.key is not the key of --tls-cert .*s\.crt/)
  await t.rejects(
    open({ tlsCert: join(dataDir, 'no'), tlsKey: key }),
    /--tls-cert .*no cannot be read: there is no such/,
  )
  await t.rejects(open({ caCert: crt, caKey: key }), /--ca-cert .*s\.crt is no CA certificate/)
  await t.rejects(open({ caCert: crt }), /--ca-cert without --ca-key needs --tls-cert and --tls-key/)
  clock.now += 400 * DAY
  await t.rejects(open({ tlsCert: crt, tlsKey: key }), /--tls-cert .*s\.crt expired on 2027-/)
})

await t.test('a file that was cut off is made anew', async (t) => {
  const { open, dataDir } = await bench(t)
  await open()
  const path = join(dataDir, 'tls/server.pem')
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 2000))
  const tls = await open()
  t.ok(new X509Certificate(tls.inUse.current().certificate).checkIP('127.0.0.1'))
})
