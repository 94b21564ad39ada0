import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { deniedFile } from '@eims/dhcp-proxy'
import t, { type Test } from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootScript } from './support/machine.ts'
import { addProfile, openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const mac = '52:54:00:aa:00:01'
const machine = { mac, serial: 'SN-1' }
const snponly = Buffer.alloc(200_000, 'snponly')

async function bench(t: Test): Promise<Site> {
  const site = await openSite(t, await fresh(t))
  const folder = join(site.dataDir, 'artifacts/ipxe')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'snponly.efi'), snponly)
  writeFileSync(join(folder, 'undionly.kpxe'), 'undionly')
  writeFileSync(join(site.dataDir, 'artifacts/secret.efi'), 'not for you')
  await addProfile(site.db)
  return site
}

/** As firmware asks, which tidies no path. */
function ask(site: Site, path: string, method = 'GET') {
  const { hostname, port } = new URL(site.open)
  type Answer = { status: number; type: string; length: string | undefined; body: Buffer }
  return new Promise<Answer>((resolve, reject) => {
    const asked = request({ hostname, port, path, method }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part)
      const { 'content-type': type = '', 'content-length': length } = response.headers
      resolve({ status: response.statusCode ?? 0, type, length, body: Buffer.concat(parts) })
    })
    asked.on('error', reject).end()
  })
}
const kinds = async ({ api, engine }: Site) => {
  await engine.sink.flush()
  const { events } = await api('nodeTimeline', { params: { id: mac } })
  return events.map(({ kind, message, count }) => `${kind}: ${message}, ${count} time(s)`)
}

await t.test('UEFI HTTP boot: HEAD tells the size, GET gives the file, as one program', async (t) => {
  const site = await bench(t)
  const head = await ask(site, '/boot/ipxe/snponly.efi', 'HEAD')
  t.match(head, { status: 200, type: 'application/efi', length: '200000' })
  t.equal(head.body.length, 0)
  for (const path of ['/boot/ipxe/snponly.efi', '/boot/ipxe/52-54-00-aa-00-01/snponly.efi']) {
    const { status, type, length, body } = await ask(site, path)
    t.match({ status, type, length }, { status: 200, type: 'application/efi', length: '200000' })
    t.ok(body.equals(snponly))
  }
  t.match(await ask(site, '/boot/ipxe/undionly.kpxe'), { type: 'application/octet-stream', length: '8' })
})

await t.test('the iPXE that came by HTTP finds autoexec.ipxe beside it', async (t) => {
  const site = await bench(t)
  for (const path of ['/boot/ipxe/autoexec.ipxe', '/boot/ipxe/52-54-00-aa-00-01/autoexec.ipxe']) {
    const { status, body, length } = await ask(site, path)
    t.equal(status, 200)
    t.match(body.toString(), new RegExp(`^#!ipxe\nset user-class Tinkerbell\n.*${site.open}/boot.ipxe`, 's'))
    t.equal(length, String(body.length))
    t.match(await ask(site, path, 'HEAD'), { status: 200, length: String(body.length) })
  }
  await site.api('patchSite', { body: { userClass: 'Warehouse' } })
  t.match((await ask(site, '/boot/ipxe/autoexec.ipxe')).body.toString(), /^set user-class Warehouse$/m, 'at once')
})

await t.test('nothing but boot files is handed out', async (t) => {
  const site = await bench(t)
  for (const path of [
    '/boot/ipxe/none.efi',
    '/boot/ipxe/',
    '/boot/ipxe/..%2fsecret.efi',
    '/boot/ipxe/../secret.efi',
    '/boot/ipxe/%2e%2e/secret.efi',
    '/boot/ipxe/..%5csecret.efi',
    '/boot/ipxe/x/snponly.efi',
    '/boot/ipxe/%00snponly.efi',
    `/boot/ipxe/${'a'.repeat(300)}`,
  ]) {
    const { status, body } = await ask(site, path)
    t.equal(status, 404, path)
    t.notMatch(body.toString(), /not for you/)
  }
})

await t.test('whose download it is stands on the timeline, by the name’s MAC or by the address', async (t) => {
  const site = await bench(t)
  await site.api('addNode', { body: { name: 'pos-17', macs: [mac], profile: 'debian' } })
  await ask(site, '/boot/ipxe/snponly.efi')
  site.neighbours.set('127.0.0.1', mac)
  await ask(site, '/boot/ipxe/snponly.efi', 'HEAD')
  await ask(site, '/boot/ipxe/snponly.efi')
  t.strictSame(
    (await kinds(site)).slice(1),
    ['boot.file: fetches snponly.efi by HTTP, 1 time(s)'],
    'HEAD is no download',
  )
})

const files = ['/boot/x86_64/vmlinuz', '/boot/x86_64/initrd.zst', '/boot/site.cpio?token=0123456789abcdef']
const withMac = (path: string) => `${path}${path.includes('?') ? '&' : '?'}mac=52-54-00-aa-00-01`

await t.test('denied: the script says why and goes on, and no file comes, by MAC or by address', async (t) => {
  const site = await bench(t)
  await site.api('addNode', {
    body: { name: 'pos-17', ...asInput(machine), profile: 'debian', netbootPolicy: 'denied' },
  })
  t.equal(
    await bootScript(site.open, machine),
    '#!ipxe\necho eims: pos-17 may not boot from the network\nsleep 10 ||\nexit 1\n',
  )
  t.equal(
    await bootScript(site.open, { serial: 'SN-1' }),
    await bootScript(site.open, machine),
    'by its serial as well',
  )
  const refusal = { status: 403, type: /^application\/problem\+json/ }
  for (const path of [...files.map(withMac), '/boot/ipxe/52-54-00-aa-00-01/snponly.efi']) {
    const { status, type, body } = await ask(site, path)
    t.match({ status, type }, refusal, path)
    t.match(JSON.parse(body.toString()), { code: 'netboot-refused', detail: 'pos-17 may not boot from the network' })
  }
  t.match(await ask(site, '/boot/ipxe/snponly.efi'), { status: 200 }, 'nobody knows whose address this is')
  site.neighbours.set('127.0.0.1', mac)
  for (const path of [...files, '/boot/ipxe/snponly.efi', '/boot/ipxe/52-54-00-aa-00-02/autoexec.ipxe'])
    t.match(await ask(site, path), refusal, path)
  t.match(await ask(site, '/boot/ipxe/snponly.efi', 'HEAD'), { status: 403 })

  await site.api('patchNode', { params: { id: 'pos-17' }, body: { netbootPolicy: 'allowed' } })
  t.match(await bootScript(site.open, machine), /^kernel /m)
  t.match(await ask(site, withMac('/boot/x86_64/vmlinuz')), { status: 200 })
})

await t.test('local: iPXE and the script come and lead to the disk, the Micro-OS does not', async (t) => {
  const site = await bench(t)
  await site.api('addNode', {
    body: { name: 'pos-17', ...asInput(machine), profile: 'debian', netbootPolicy: 'local' },
  })
  t.equal(await bootScript(site.open, machine), '#!ipxe\necho eims: pos-17 is to boot its own disk\nexit 1\n')
  t.match(await ask(site, '/boot/ipxe/52-54-00-aa-00-01/snponly.efi'), { status: 200 })
  for (const path of files) t.match(await ask(site, withMac(path)), { status: 403 }, path)
})

await t.test('a closed gate holds for a machine whose identifiers contradict, too', async (t) => {
  const site = await bench(t)
  await site.api('addNode', { body: { name: 'pos-17', macs: [mac], netbootPolicy: 'denied' } })
  await site.api('addNode', { body: { name: 'pos-18', serial: 'SN-1', netbootPolicy: 'local' } })
  t.match(
    await bootScript(site.open, machine),
    /^#!ipxe\necho eims: quarantined: .*; pos-17 may not boot from the network\nsleep 10 \|\|\nexit 1\n$/,
  )
  await site.api('patchNode', { params: { id: 'pos-17' }, body: { netbootPolicy: 'allowed' } })
  t.match(await bootScript(site.open, machine), /^#!ipxe\necho eims: quarantined: .*; pos-18 is to boot .*\nexit 1\n$/)
  await site.api('patchNode', { params: { id: 'pos-18' }, body: { netbootPolicy: 'allowed' } })
  t.match(await bootScript(site.open, machine), /^kernel /m, 'it waits in the Micro-OS')
})

await t.test('the name that says why is refused to whoever asks for it', async (t) => {
  const site = await bench(t)
  const { status, body } = await ask(site, `/boot/ipxe/${deniedFile('HTTPS only')}`)
  t.equal(status, 403)
  t.match(JSON.parse(body.toString()), { detail: 'network boot denied: https only' })
})

await t.test('requests are counted by what was asked, with the refused and the broken off among them', async (t) => {
  const site = await bench(t)
  t.strictSame((await site.client(site.admin, site.keys.viewer)('counters', {})).interfaces[0]?.http, {})
  await ask(site, '/boot.ipxe')
  await bootScript(site.open, machine)
  await bootScript(site.open, machine)
  await ask(site, '/boot/x86_64/vmlinuz')
  await ask(site, '/boot/arm64/vmlinuz')
  await ask(site, '/boot/ipxe/none.efi')
  await ask(site, '/boot/failed?stage=kernel')
  await ask(site, '/nothing')
  const counters = await site.api('counters', {})
  t.match(counters, { server: { id: 'server-1' }, interfaces: [{ interface: 'lo', address: '127.0.0.1' }] })
  t.strictSame(counters.interfaces[0]?.http, {
    boot: 1,
    script: 2,
    'micro-os': 2,
    'micro-os.refused': 1,
    ipxe: 1,
    'ipxe.refused': 1,
    failed: 1,
  })
  t.match(await ask(site, '/api/v1/counters'), { status: 404 }, 'not on the machines’ side')
})

function asInput({ mac, serial }: typeof machine) {
  return { macs: [mac], serial }
}
