import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { startDatabases } from './support/databases.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// One promise: GRUB gets what it asks for as it understands it, whoever brings it its bytes.

const { fresh } = await startDatabases(t)
const mac = '52:54:00:aa:00:01'
const who = `mac=${mac}&uuid=11111111-2222-3333-4444-555555550001&arch=x86_64&platform=efi&serial=SN-1`

async function bench(t: Test): Promise<Site> {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { name: 'unit-1', serial: 'SN-1', macs: [mac] } })
  return site
}

/** The whole of a reply, headers as they are written. */
async function raw(site: Site, method: string, path: string): Promise<string> {
  const { hostname, port, host } = new URL(site.open)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

await t.test('its configuration, below the root that UEFI HTTP boot leaves it', async (t) => {
  const site = await bench(t)
  const { host } = new URL(site.open)
  const reply = await raw(site, 'GET', '/grub/grub.cfg')
  t.match(reply, `set ask="(http,${host})/boot/grub?$who"`)
  t.match(reply, /\r\nContent-Length: \d+\r\n/, 'GRUB reads a size from no other spelling')
  t.notMatch(reply, /content-length/)
  t.match(await raw(site, 'HEAD', '/grub/grub.cfg'), /^HTTP\/1\.1 200 [\s\S]*\r\nContent-Length: \d+\r\n/)
})

await t.test('a decision, and its size before it', async (t) => {
  const site = await bench(t)
  const sizeOf = (reply: string) => Number(/\r\nContent-Length: (\d+)\r\n/.exec(reply)?.[1])
  const kinds = async () =>
    (await site.api('nodeTimeline', { params: { id: 'unit-1' } })).events.map(({ kind }) => kind)
  const head = await raw(site, 'HEAD', `/boot/grub?${who}`)
  await site.engine.sink.flush()
  t.strictSame(await kinds(), ['node.registered'], 'a question about the size is no boot')
  const reply = await raw(site, 'GET', `/boot/grub?${who}`)
  const body = reply.slice(reply.indexOf('\r\n\r\n') + 4)
  t.equal(sizeOf(head), sizeOf(reply))
  t.equal(body.length, sizeOf(reply))
  t.match(body, /^echo 'eims: /)
  t.match(body, /\nset next=(again|leave)\n/)
  await site.engine.sink.flush()
  t.strictSame(await kinds(), ['node.registered', 'boot.decision'])
})

await t.test('what it fetches on its way tells its size, and is noted when it is fetched', async (t) => {
  const site = await bench(t)
  const failed = `/boot/failed?mac=${mac}&stage=kernel`
  const head = await raw(site, 'HEAD', failed)
  await site.engine.sink.flush()
  const failures = async () =>
    (await site.api('nodeTimeline', { params: { id: 'unit-1' } })).events.filter(({ kind }) => kind === 'boot.failed')
  t.strictSame(await failures(), [])
  const reply = await raw(site, 'GET', failed)
  t.match(reply, /\r\n\r\n#!ipxe\n$/, 'a comment to GRUB')
  t.match(head, /\r\nContent-Length: 7\r\n/)
  await site.engine.sink.flush()
  t.equal((await failures()).length, 1)
})

await t.test('a kernel that it got whole and does not take is told from one that it could not fetch', async (t) => {
  const site = await bench(t)
  const failed = `/boot/failed?mac=${mac}&stage=kernel&by=grub`
  const reasons = async () => {
    await site.engine.sink.flush()
    const { events } = await site.api('nodeTimeline', { params: { id: 'unit-1' } })
    return events.filter(({ kind }) => kind === 'boot.failed').map(({ message }) => message)
  }
  await raw(site, 'GET', failed)
  t.strictSame(await reasons(), ['GRUB could not load the kernel'])
  await raw(site, 'HEAD', `/boot/x86_64/vmlinuz?mac=${mac.replaceAll(':', '-')}`)
  await raw(site, 'GET', failed)
  t.equal(new Set(await reasons()).size, 1, 'nor has one that asked for its size')
  t.match(await raw(site, 'GET', `/boot/x86_64/vmlinuz?mac=${mac.replaceAll(':', '-')}`), /a kernel$/)
  await raw(site, 'GET', failed)
  t.equal((await reasons()).at(-1), 'GRUB has the whole kernel and does not take it: its signature is not trusted')
})

await t.test('the Micro-OS tells what became of its runtime', async (t) => {
  const site = await bench(t)
  for (const stage of ['runtime-refused', 'runtime-missing'])
    await raw(site, 'GET', `/boot/failed?stage=${stage}&mac=52:54:00:aa:00:01`)
  await site.engine.sink.flush()
  const { events } = await site.api('nodeTimeline', { params: { id: 'unit-1' } })
  t.match(
    events.filter(({ kind }) => kind === 'boot.failed').map(({ data }) => data.reason),
    [{ code: 'runtime-refused' }, { code: 'runtime-missing' }],
  )
})

await t.test('where plain HTTP is refused, so is it, and told', async (t) => {
  const site = await bench(t)
  await site.api('patchSite', { body: { https: true, plainHttp: 'refused' } })
  const reply = await raw(site, 'GET', `/boot/grub?${who}`)
  t.match(reply, /\r\n\r\necho 'eims: [^']*HTTPS[^']*'\nsleep 10\nset next=leave\n/)
})
