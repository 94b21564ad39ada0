import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Counters, NodeDetail, Timeline } from '@eims/contracts'
import { Lan } from '@eims/lab'
import t from 'tap'
import { launch, launcher, reachableFolder, root } from './up/launched.ts'

// One promise: what a person says of a machine or of the site counts on the wire at once, on DHCP, TFTP and HTTP alike.

const lan = await Lan.create({ name: 'boot-services' })
t.teardown(() => lan[Symbol.asyncDispose]())
const folder = await reachableFolder(t)
const own = join(folder, 'own')
mkdirSync(own)
writeFileSync(join(own, 'snponly.efi'), 'a signed snponly.efi')

const service = launch(lan.service, ['--interface', 'br0', '--data', join(folder, 'data'), '--boot-files', own])
t.teardown(() => service[Symbol.asyncDispose]())
await service.up()

const eims = async (...args: string[]) =>
  (await lan.service.exec(launcher, [...args, '--data', join(folder, 'data')])).stdout
const asJson = async <T>(...args: string[]) => JSON.parse(await eims(...args, '--json')) as T
const firmware = async (...args: string[]) => {
  const { stdout } = await lan.site.exec(process.execPath, [join(root, 'test/up/firmware.ts'), ...args])
  return JSON.parse(stdout) as { file?: string | null; read?: string; error?: string | null }
}
/** The machine is the neighbour itself: the kernel of the service learns its MAC with its address. */
const { stdout } = await lan.site.exec('cat', [`/sys/class/net/${lan.bench.neighbourInterface}/address`])
const mac = stdout.trim()
const inFolder = (name: string) => `${mac.replaceAll(':', '-')}/${name}`
const http = async (path: string) => {
  const url = `http://192.168.77.1:7480${path}`
  const { stdout } = await lan.site.exec(process.execPath, [
    '-e',
    `fetch(${JSON.stringify(url)}).then(async (r) => console.log(JSON.stringify([r.status, await r.text()])))`,
  ])
  return JSON.parse(stdout) as [number, string]
}
const script = async () => (await http(`/boot/script?mac=${mac}&arch=x86_64&platform=pcbios`))[1]

await eims('nodes', 'add', 'pos-17', '--mac', mac)

await t.test('a machine of which nobody said anything gets iPXE, the operator’s own where there is one', async (t) => {
  t.strictSame(await firmware('discover', mac), { file: inFolder('undionly.kpxe') })
  t.strictSame(await firmware('read', inFolder('snponly.efi')), { read: 'a signed snponly.efi' })
  t.strictSame(await http('/boot/ipxe/snponly.efi'), [200, 'a signed snponly.efi'])
  t.match(await firmware('read', 'autoexec.ipxe'), { read: /^#!ipxe\nset user-class Tinkerbell\n/ })
})

await t.test('denied, on DHCP, TFTP and HTTP', async (t) => {
  t.match(await eims('nodes', 'set', 'pos-17', '--netboot', 'denied'), /network boot denied/)
  const { file } = await firmware('discover', mac)
  t.equal(file, inFolder('netboot-denied-pos-17-may-not-boot-from-the-network'))
  for (const name of [file!, 'undionly.kpxe', 'autoexec.ipxe', inFolder('snponly.efi')])
    t.strictSame(await firmware('read', name), { error: 'pos-17 may not boot from the network' }, name)
  t.match(await script(), /^echo eims: pos-17 may not boot from the network$/m)
  t.match(await http('/boot/ipxe/snponly.efi'), [403, /netboot-refused/])
  t.match(await http('/boot/x86_64/vmlinuz'), [403, /netboot-refused/])
  t.strictSame(
    await firmware('discover', '52:54:00:aa:00:99'),
    { file: '52-54-00-aa-00-99/undionly.kpxe' },
    'others are',
  )
})

await t.test('local: DHCP is silent, and whoever comes all the same is led to the disk', async (t) => {
  await eims('nodes', 'set', 'pos-17', '--netboot', 'local')
  t.strictSame(await firmware('discover', mac), { file: null })
  t.match(await firmware('read', 'autoexec.ipxe'), { read: /^#!ipxe/ })
  t.match(
    await script(),
    /^echo eims: pos-17 is to boot its own disk\nisset \${first-disk} \|\| set first-disk 0x80\nsanboot /m,
  )
  t.match(await http('/boot/x86_64/vmlinuz'), [403, /netboot-refused/])
  await eims('nodes', 'set', 'pos-17', '--netboot', 'allowed')
  t.strictSame(await firmware('discover', mac), { file: inFolder('undionly.kpxe') })
})

await t.test('DHCP off: heard, told, not answered', async (t) => {
  await eims('site', 'set', '--dhcp', 'off')
  t.strictSame(await firmware('discover', mac), { file: null })
  t.match(await firmware('read', 'autoexec.ipxe'), { read: /^#!ipxe/ }, 'the site’s own DHCP server may send it here')
  await eims('site', 'set', '--dhcp', 'proxy')
  t.strictSame(await firmware('discover', mac), { file: inFolder('undionly.kpxe') })
  const { timeline } = await asJson<NodeDetail & { timeline: Timeline }>('nodes', 'show', 'pos-17')
  const said = timeline.events.filter(({ kind }) => kind === 'dhcp.discover').map(({ message }) => message)
  t.strictSame(
    new Set(said.map((message) => message.replace(/^DISCOVER on port 67 from x86 BIOS: /, ''))),
    new Set([
      `sent the boot file ${inFolder('undionly.kpxe')}`,
      `denied: pos-17 may not boot from the network; sent ${inFolder('netboot-denied-pos-17-may-not-boot-from-the-network')}`,
      'ignored: this machine starts from its disk: pos-17 is to boot its own disk',
      'ignored: DHCP is off at this site (site set --dhcp proxy)',
    ]),
  )
  t.ok(
    timeline.events.some(({ kind, message }) => kind === 'tftp.failed' && /pos-17 may not boot/.test(message)),
    'a refused download too',
  )
})

await t.test('boot files by architecture, product and node', async (t) => {
  await eims('site', 'set', '--boot-file', 'arch=0,file=ours.kpxe', '--boot-file', 'product=NUC*,file=nuc.kpxe')
  t.strictSame(await firmware('discover', mac), { file: inFolder('ours.kpxe') })
  await eims('nodes', 'delete', 'pos-17')
  await eims('nodes', 'add', 'pos-17', '--mac', mac, '--product', 'NUC 13 Pro')
  t.strictSame(await firmware('discover', mac), { file: inFolder('nuc.kpxe') })
  await eims('nodes', 'set', 'pos-17', '--boot-file', 'mine.kpxe')
  t.strictSame(await firmware('discover', mac), { file: inFolder('mine.kpxe') })
  await eims('nodes', 'set', 'pos-17', '--boot-file', '')
  await eims('site', 'set', '--boot-file', '')
  t.strictSame(await firmware('discover', mac), { file: inFolder('undionly.kpxe') })
})

await t.test('another script, and another name for our iPXE', async (t) => {
  const vendor = 'PXEClient:Arch:00000:UNDI:002001'
  t.strictSame(await firmware('discover', mac, vendor, 'iPXE'), { file: 'http://192.168.77.1:7480/boot.ipxe' })
  await eims('site', 'set', '--script-url', 'http://10.9.8.7/auto.ipxe', '--user-class', 'Warehouse')
  t.strictSame(await firmware('discover', mac, vendor, 'iPXE'), { file: 'http://10.9.8.7/auto.ipxe' })
  t.strictSame(await firmware('discover', mac, vendor, 'Warehouse'), { file: 'http://10.9.8.7/auto.ipxe' })
  const { read } = await firmware('read', 'autoexec.ipxe')
  t.match(read, /^set user-class Warehouse$/m)
  t.match(read, /^chain --replace --autofree http:\/\/10\.9\.8\.7\/auto\.ipxe /m)
  await eims('site', 'set', '--script-url', '', '--user-class', 'Tinkerbell')
  t.match(await firmware('read', 'autoexec.ipxe'), { read: /chain .*http:\/\/192\.168\.77\.1:7480\/boot\.ipxe/ })
})

await t.test('UEFI HTTP boot is offered the URL that is served', async (t) => {
  const { file } = await firmware('discover', mac, 'HTTPClient:Arch:00016:UNDI:003001')
  t.equal(file, 'http://192.168.77.1:7480/boot/ipxe/snponly.efi')
})

await t.test('all of it is counted', async (t) => {
  const { interfaces } = await asJson<Counters>('counters')
  t.equal(interfaces.length, 1)
  const { dhcp, tftp, http } = interfaces[0]!
  for (const [counts, name] of [
    [dhcp, 'repliedFirmware'],
    [dhcp, 'repliedDenied'],
    [dhcp, 'repliedScript'],
    [dhcp, 'repliedHttp'],
    [dhcp, 'ignored'],
    [tftp, 'refusedDenied'],
    [tftp, 'requests'],
    [http, 'script'],
    [http, 'ipxe.refused'],
    [http, 'micro-os.refused'],
  ] as const)
    t.ok((counts[name] ?? 0) > 0, `${name} in ${JSON.stringify(counts)}`)
  t.match(await eims('counters'), /^dhcp +repliedDenied +1$/m)
})
