import { BootFileName, type NewEvent, type Site } from '@eims/contracts'
import { type Client, isBootFileName, type NodeFacts, PacketHandler, settingsProblem } from '@eims/dhcp-proxy'
import type { NetbootException } from '@eims/registry'
import { pino } from 'pino'
import t from 'tap'
import { type DhcpOnSegment, factsOf, ownBootFile, proxyOptions, RecentTransfers } from '../src/lan/dhcp.ts'
import { dhcpSettings } from '../src/lan/dhcp-settings.ts'
import { HeardServers } from '../src/lan/heard-servers.ts'
import { NetbootGate } from '../src/netboot/gate.ts'

const site = {
  dhcpMode: 'proxy',
  userClass: 'Tinkerbell',
  scriptUrl: null,
  bootFiles: [],
  secureBoot: 'auto',
  secureBootModels: [],
  https: false,
  plainHttp: 'allowed',
  chainRomIpxe: 'auto',
} as unknown as Site
const segment = { address: '192.168.77.1', base: 'http://192.168.77.1:7480', tls: null }
const tls = { scriptUrl: 'https://192.168.77.1:7443/boot.ipxe', trust: new Uint8Array(32) }
const client = {
  mac: '52:54:00:aa:00:01',
  uuid: null,
  archs: [7],
  vendorClass: 'PXEClient:Arch:00007:UNDI:003016',
}
const node = (more: Partial<NetbootException>): NetbootException => ({
  name: 'pos-17',
  state: 'REGISTERED',
  netbootPolicy: 'allowed',
  bootFile: null,
  secureBoot: null,
  manufacturer: null,
  product: null,
  macs: [client.mac],
  uuids: [],
  ...more,
})

await t.test('a site as it is at first', async (t) => {
  const settings = dhcpSettings(site, segment)
  t.strictSame(settings, {
    serverAddress: '192.168.77.1',
    scriptUrl: 'http://192.168.77.1:7480/boot.ipxe',
    httpsScriptUrl: null,
    trust: null,
    plainHttp: 'allowed',
    httpBootUrl: 'http://192.168.77.1:7480/boot/ipxe/',
    userClass: 'Tinkerbell',
    chainRomIpxe: 'auto',
    bootFiles: [],
  })
  t.equal(settingsProblem(settings), null)
})

await t.test('HTTPS is handed out where it is on, and not instead of a script that the site named', async (t) => {
  const of = (change: Partial<Site>) => dhcpSettings({ ...site, ...change }, { ...segment, tls })
  t.match(of({}), { httpsScriptUrl: null, trust: null })
  t.match(of({ https: true }), { httpsScriptUrl: tls.scriptUrl, trust: tls.trust })
  t.match(of({ https: true, scriptUrl: 'http://10.0.0.9/auto.ipxe' }), {
    scriptUrl: 'http://10.0.0.9/auto.ipxe',
    httpsScriptUrl: null,
    trust: tls.trust,
  })
})

await t.test('boot file rules of a product are the gate’s, the others the packet’s', async (t) => {
  const bootFiles = [
    { architecture: 7, file: 'a.efi' },
    { vendorClass: 'PXEClient:Arch:00007', file: 'b.efi' },
    { product: 'NUC*', architecture: 7, file: 'c.efi' },
  ]
  const settings = dhcpSettings({ ...site, bootFiles }, segment)
  t.strictSame(settings.bootFiles, bootFiles.slice(0, 2))
  t.equal(settingsProblem(settings), null)
})

await t.test('the file of a node goes before that of its product', async (t) => {
  const rules = [
    { architecture: 7, file: 'not-mine.efi' },
    { product: 'NUC 13', architecture: 11, file: 'arm.efi' },
    { product: 'NUC 13', vendorClass: 'PXEClient:Arch:00009', file: 'vendor.efi' },
    { product: 'nuc*pro', vendorClass: 'PXEClient', file: 'nuc.efi' },
    { product: 'NUC*', file: 'late.efi' },
  ]
  const file = (product: string | null, bootFile: string | null = null) =>
    ownBootFile({ product, bootFile }, rules, client)
  t.equal(file('NUC 13 Pro'), 'nuc.efi')
  t.equal(file('NUC 13'), 'late.efi')
  t.equal(file('NUC 13 Pro', 'own.efi'), 'own.efi')
  t.equal(file('Other'), null)
  t.equal(file(null), null)
  t.equal(ownBootFile(null, rules, client), null)
})

await t.test('what the API takes for a boot file the ProxyDHCP hands out', async (t) => {
  for (const name of [
    'snponly.efi',
    'a',
    `a${'.'.repeat(63)}`,
    `a${'.'.repeat(64)}`,
    '',
    '.',
    '..',
    '-a',
    'a/b',
    'a b',
  ])
    t.equal(isBootFileName(name), BootFileName.safeParse(name).success, name)
})

await t.test('a packet is answered as the gate and the site say', async (t) => {
  const gate = new NetbootGate()
  const of = (exception: NetbootException, change: Partial<Site> = {}) => {
    gate.replace([exception])
    return factsOf(client, { ...site, ...change }, gate)
  }
  t.strictSame(of(node({ macs: [] })), { gate: { policy: 'allowed' }, bootFile: null })
  t.strictSame(of(node({ bootFile: 'own.efi' })), { gate: { policy: 'allowed' }, bootFile: 'own.efi' })
  t.strictSame(of(node({ netbootPolicy: 'denied' })).gate, {
    policy: 'denied',
    reason: { code: 'netboot-denied', slots: { node: 'pos-17' } },
    slug: 'pos-17 may not boot from the network',
  })
  t.strictSame(of(node({ state: 'UNTRUSTED' })).gate, {
    policy: 'denied',
    reason: { code: 'untrusted', slots: { node: 'pos-17' } },
    slug: 'pos-17 is marked as untrusted',
  })
  t.strictSame(of(node({ netbootPolicy: 'local' })).gate, {
    policy: 'local',
    reason: { code: 'netboot-local', slots: { node: 'pos-17' } },
  })
  t.strictSame(of(node({ netbootPolicy: 'denied' }), { dhcpMode: 'off' }).gate, {
    policy: 'local',
    reason: { code: 'dhcp-off', slots: {} },
  })
})

await t.test('a packet that comes to nothing is on the timeline of its MAC', async (t) => {
  const recorded: NewEvent[] = []
  const parts = {
    segment: { address: '192.168.77.1', fds: { dhcp: -1, pxe: -1 } },
    settingsFor: () => dhcpSettings(site, segment),
    site: () => site,
    gate: new NetbootGate(),
    heard: new HeardServers(),
    chained: new RecentTransfers(),
    ipxeShim: () => null,
    record: (event: NewEvent) => recorded.push(event),
    now: () => 0,
    log: { warn: () => {}, debug: () => {} },
  } as unknown as DhcpOnSegment
  const handler = new PacketHandler(proxyOptions(parts), { now: () => 0, inTime: (coming) => coming })
  // a DISCOVER of PXEClient firmware, with no option 93
  const datagram = Buffer.from(
    `01010600d4a087ae00048000${'00'.repeat(16)}525400aa0001${'00'.repeat(202)}638253633501013c09505845436c69656e74ff`,
    'hex',
  )
  handler.onMessage(67, datagram, { address: '0.0.0.0', port: 68 }, () => t.fail('answered'))
  t.strictSame(recorded, [
    {
      kind: 'dhcp.dropped',
      mac: '52:54:00:aa:00:01',
      message: 'DISCOVER on port 67: not answered, the packet does not tell the architecture (option 93 is missing)',
      data: { port: 67, messageType: 'discover', reason: { code: 'dhcp-no-architecture', slots: {} } },
    },
  ])
})

await t.test('firmware that read iPXE and never started it gets what Microsoft signed', (t) => {
  const firmware: Client = {
    ...client,
    ipxe: null,
    userClasses: [],
    kind: 'pxe',
  } as unknown as Client
  const http = { ...firmware, archs: [16], kind: 'http' } as Client
  let ipxeShim: string | null = null
  const gate = new NetbootGate()
  let secureBootModels: Site['secureBootModels'] = []
  const fileOf = (asks: Client, chained: RecentTransfers, now: number, secureBoot: Site['secureBoot'] = 'auto') => {
    const options = proxyOptions({
      segment: { ...segment, fds: { dhcp: -1, pxe: -1 } } as never,
      settingsFor: (each) => dhcpSettings(each, segment),
      site: () => ({ ...site, secureBoot, secureBootModels }),
      gate,
      heard: new HeardServers(),
      chained,
      ipxeShim: () => ipxeShim,
      record: () => {},
      now: () => now,
      log: pino({ level: 'silent' }),
    })
    return (options.factsOf!(asks) as NodeFacts<unknown>).bootFile
  }
  const minute = 60_000
  const chained = new RecentTransfers()
  t.equal(fileOf(firmware, chained, 0), null, 'iPXE at first')
  chained.add(client.mac, 1000)
  t.equal(fileOf(firmware, chained, 2000), null, 'it is starting')
  t.equal(fileOf(http, chained, 66_000), 'shimx64.efi', 'the firmware’s next way, without a word of iPXE')
  t.equal(fileOf(http, chained, 66_000, 'off'), null)
  t.equal(fileOf({ ...firmware, archs: [11] }, chained, 66_000), 'shimaa64.efi')
  t.equal(fileOf({ ...firmware, archs: [0] }, chained, 66_000), null, 'a BIOS has no Secure Boot')
  ipxeShim = 'snponly-shimx64.efi'
  t.equal(fileOf(http, chained, 66_000), 'snponly-shimx64.efi', 'iPXE’s own shim goes before, where somebody has it')
  t.equal(fileOf({ ...firmware, archs: [11] }, chained, 66_000), 'shimaa64.efi', 'of which there is none for arm64')
  ipxeShim = null
  chained.add(client.mac, 70_000)
  t.equal(fileOf(firmware, chained, 71_000), 'shimx64.efi', 'a second transfer begins nothing anew')
  t.equal(fileOf(firmware, chained, 80 * minute), null, 'it is not held against it for good')

  t.equal(chained.cameAfterRefusal(client.mac, 72_000), true, 'it is known which firmware was sent on for its refusal')
  t.equal(chained.cameAfterRefusal(client.mac, 65 * minute), false, 'for an hour')

  chained.add(client.mac, 90 * minute)
  t.equal(fileOf({ ...firmware, ipxe: { http: true, https: false } }, chained, 91 * minute), null)
  t.equal(fileOf(firmware, chained, 92 * minute), null, 'iPXE spoke: this is another start')
  t.equal(fileOf(firmware, new RecentTransfers(), 0, 'on'), 'shimx64.efi')
  t.equal(fileOf({ ...firmware, userClasses: ['Tinkerbell'] }, new RecentTransfers(), 0, 'on'), null)

  const fresh = new RecentTransfers()
  const is = (more: Partial<NetbootException>) => gate.replace([node({ manufacturer: 'Supermicro', ...more })])
  is({ secureBoot: 'on' })
  t.equal(fileOf(firmware, fresh, 0, 'off'), 'shimx64.efi', 'a node’s word goes before the site’s')
  is({ product: 'SYS-E100-9S' })
  secureBootModels = [
    { product: 'SYS-E100*', manufacturer: 'Dell', secureBoot: 'off' },
    { product: 'sys-e100*', secureBoot: 'on' },
  ]
  t.equal(fileOf(firmware, fresh, 0), 'shimx64.efi', 'and so does the first line that fits its model')
  is({ product: 'SYS-E100-9S', secureBoot: 'off' })
  t.equal(fileOf(firmware, fresh, 0, 'on'), null, 'of both the node’s')
  is({ product: 'SYS-E100-9S', bootFile: 'own.efi' })
  t.equal(fileOf(firmware, fresh, 0), 'own.efi', 'a boot file of its own goes before all that')
  gate.replace([])
  t.equal(fileOf(firmware, fresh, 0), null, 'of a machine that nobody knows DHCP does not tell the model')

  t.equal(fresh.cameAfterRefusal(client.mac, 0), false, 'and none by somebody’s word')

  const sent = (shim: string | null) => {
    const of = new RecentTransfers()
    ipxeShim = shim
    of.add(client.mac, 0)
    t.not(fileOf(firmware, of, 10_000), null)
    t.equal(of.cameAfterRefusal(client.mac, 11_000), true)
    fileOf({ ...firmware, ipxe: { http: true, https: false } }, of, 12_000)
    return of.cameAfterRefusal(client.mac, 13_000)
  }
  t.equal(sent(null), false, 'iPXE, which no GRUB starts, shows that a boot was broken off and nothing refused')
  t.equal(sent('snponly-shimx64.efi'), true, 'unless it is the one behind its own shim')
  t.end()
})
