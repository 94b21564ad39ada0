import { request } from 'node:https'
import { connect, setDefaultCACertificates } from 'node:tls'
import { createClient } from '@eims/contracts'
import { ensureSiteCa, patchSite } from '@eims/registry'
import t from 'tap'
import { type CertificateInUse, keepCertificate } from '../src/tls/keeper.ts'
import { makeAuthority, makeLeaf, type Signed } from '../src/tls/sign.ts'
import { startDatabases } from './support/databases.ts'
import { type Agent, bootAgent, bootScript, fetchSite, goodReport, newAgentKey, onboard } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const names = { hosts: ['localhost'], addresses: ['127.0.0.1'] }
const ca = await makeAuthority('the site', Date.now())
let leaf: Signed = await makeLeaf(ca, names, Date.now())
// As the agent does: this CA and no other.
setDefaultCACertificates([ca.certificate])
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }

async function tlsSite(t: Parameters<typeof openSite>[0], certificate?: CertificateInUse) {
  const site = await openSite(t, await fresh(t))
  await ensureSiteCa(site.db, async () => ca)
  const inUse = certificate ?? { current: () => leaf, attach: () => {} }
  return { ...site, tls: await site.listen('open', '127.0.0.1', undefined, inUse) }
}

/** Everything that the agent is told to do, carried out. */
async function wholePlan(agent: Agent): Promise<string> {
  let said = ''
  for (let reply = await agent.next(); reply.kind === 'action'; reply = await agent.next()) {
    said += JSON.stringify(reply.action)
    await agent.end(reply)
  }
  return said
}

await t.test('what began over TLS goes on over TLS, with the site’s CA in the machine’s hands', async (t) => {
  const { db, tls } = await tlsSite(t)
  await addDefaultProfile(db)
  const script = await bootScript(tls, machine)
  t.strictSame(new Set(script.match(/https?:\/\/[^/\s]+/g)), new Set([tls]))
  const site = await fetchSite(script)
  t.strictSame(site.servers, [tls])
  t.equal(site.siteCa, ca.certificate)
  const agent = await onboard(machine, site)
  const seed = await wholePlan(agent)
  t.match(seed, `${tls}/agent/v1/phone-home`, 'the unit phones home over TLS')
  t.match(seed, 'BEGIN CERTIFICATE', 'and is given the CA')
})

await t.test('its tokens are worth nothing by plain HTTP', async (t) => {
  const { db, tls, open } = await tlsSite(t)
  await addDefaultProfile(db)
  const script = await bootScript(tls, machine)
  const plain = (text: string) => text.replaceAll(tls, open)
  await t.rejects(fetchSite(plain(script)), /tls-only/, 'the site’s parameters')
  const site = await fetchSite(script)
  await t.rejects(onboard(machine, { ...site, servers: [open] }), { code: 'tls-only' })
  const agent = await onboard(machine, site)
  await t.rejects(createClient({ baseUrl: open, token: agent.session })('next', { body: { waitSeconds: 0 } }), {
    code: 'tls-only',
  })
  const without = agent.session.replace(/^tls\./, '')
  await t.rejects(
    createClient({ baseUrl: open, token: without })('next', { body: { waitSeconds: 0 } }),
    { code: 'session-over' },
    'nor cut off',
  )
  t.equal((await agent.next()).kind, 'action')
})

await t.test('a machine without TLS is served by plain HTTP until the site says otherwise', async (t) => {
  const { db, open } = await tlsSite(t)
  await addDefaultProfile(db)
  const agent = await bootAgent(open, machine, { key: newAgentKey() })
  const seed = await wholePlan(agent)
  t.match(seed, `${open}/agent/v1/phone-home`)
  t.notMatch(seed, 'BEGIN CERTIFICATE')
})

await t.test('where plain HTTP is refused, its script says why and opens no session', async (t) => {
  const registry = await fresh(t)
  await ensureSiteCa(registry.db, async () => ca)
  await patchSite(registry.db, { https: true, plainHttp: 'refused' })
  const site = await openSite(t, registry)
  await addDefaultProfile(registry.db)
  const script = await bootScript(site.open, machine)
  t.match(script, /^echo eims: this site boots over HTTPS only, and this machine came by plain HTTP/m)
  t.match(script, /^exit 1$/m)
  t.notMatch(script, /kernel|initrd|token/)
  const inUse = { current: () => leaf, attach: () => {} }
  const tls = await site.listen('open', '127.0.0.1', undefined, inUse)
  t.match(await bootScript(tls, machine), /^kernel /m)
})

await t.test('when plain HTTP is refused, what was begun by it is over at once', async (t) => {
  const site = await tlsSite(t)
  await addDefaultProfile(site.db)
  const other = { serial: 'SN-2', mac: '52:54:00:aa:00:02' }
  const script = await bootScript(site.open, machine)
  const parameters = await fetchSite(script)
  const agent = await bootAgent(site.open, other)
  const action = await agent.action()
  await site.api('addNode', { body: { name: 'held', serial: 'SN-3' } })
  await site.api('holdNode', { params: { id: 'held' }, body: { reason: 'RAM is missing' } })
  const waits = await bootAgent(site.open, { serial: 'SN-3' })
  const refused = { code: 'tls-only', message: /HTTPS only/ }
  const polling = t.rejects(waits.next(20), refused, 'a long poll that was under way')
  await site.api('patchSite', { body: { https: true, plainHttp: 'refused' } })
  await polling
  await t.rejects(fetchSite(script), /tls-only.*HTTPS only/)
  await t.rejects(onboard(machine, parameters), refused)
  await t.rejects(agent.next(), refused)
  await t.rejects(agent.end(action), refused)
  t.match((await bootAgent(site.tls, other)).nodeName, agent.nodeName)
  t.equal((await site.api('getNode', { params: { id: 'SN-2' } })).run?.state, 'RUNNING', 'its run waits for it')

  await site.api('patchSite', { body: { https: false } })
  t.ok(await onboard(machine, parameters), 'the switch counts only while the site boots over HTTPS')
})

await t.test('the OS that was installed by plain HTTP may still report itself so', async (t) => {
  const site = await tlsSite(t)
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  const plan = await wholePlan(agent)
  await site.api('patchSite', { body: { https: true, plainHttp: 'refused' } })
  const token = /eims-home_[\w-]+/.exec(plan)?.[0] ?? ''
  const { runId = '' } = (await site.db.action.findFirst({ select: { runId: true } })) ?? {}
  const told = createClient({ baseUrl: site.open, token })('phoneHome', { body: goodReport(runId) })
  t.match(await told, { state: 'RUNNING' })
})

await t.test('a server of another CA, or for another name, is not spoken to', async (t) => {
  const other = await makeAuthority('the site', Date.now())
  const wrong = [
    await makeLeaf(other, names, Date.now()),
    await makeLeaf(ca, { hosts: ['x'], addresses: [] }, Date.now()),
  ]
  const codes = ['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID']
  for (const [index, signed] of wrong.entries()) {
    const { tls } = await tlsSite(t, { current: () => signed, attach: () => {} })
    await t.rejects(fetch(`${tls}/boot.ipxe`), { cause: { code: codes[index] } })
  }
})

await t.test('TLS 1.2 is spoken, older ones are not', async (t) => {
  const { tls } = await tlsSite(t)
  const status = (version: 'TLSv1.1' | 'TLSv1.2') =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
      request(`${tls}/boot.ipxe`, options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
  t.equal(await status('TLSv1.2'), 200)
  await t.rejects(status('TLSv1.1'), /alert protocol version|unsupported/i)
})

await t.test('a renewed certificate is shown to the next connection, and the open ones live on', async (t) => {
  const kept = await keepCertificate({
    fitting: async () => ({ leaf, ca: ca.certificate }),
    log: { info: () => {}, warn: () => {} },
  })
  t.teardown(() => kept[Symbol.dispose]())
  const { tls } = await tlsSite(t, kept)
  const { port } = new URL(tls)
  const open = async () => {
    const socket = connect({ host: '127.0.0.1', port: Number(port) })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    t.teardown(() => socket.destroy())
    return socket
  }
  const [before, old] = [await open(), leaf]
  leaf = await makeLeaf(ca, names, Date.now())
  await kept.look()
  const after = await open()
  t.not(after.getPeerCertificate().serialNumber, before.getPeerCertificate().serialNumber)
  before.write('GET /boot.ipxe HTTP/1.1\r\nHost: a\r\n\r\n')
  t.match(await new Promise((resolve) => before.setEncoding('utf8').once('data', resolve)), /^HTTP\/1\.1 200/)
  t.not(old, leaf)
})

await t.test('anybody may have the CA, on every listener', async (t) => {
  const { open, admin, tls } = await tlsSite(t)
  for (const base of [open, admin, tls]) t.equal(await (await fetch(`${base}/ca.crt`)).text(), ca.certificate)
  t.equal((await fetch(`${tls}/api/v1/site`)).status, 404, 'administration is no more reachable for it')
})
