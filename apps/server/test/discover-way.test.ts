import { Session } from 'node:inspector/promises'
import type { Site } from '@eims/contracts'
import { encode, MESSAGE_TYPE, OPTION, type Packet, PacketHandler } from '@eims/dhcp-proxy'
import { createEventSink, type Db, type NetbootException } from '@eims/registry'
import type { Logger } from 'pino'
import t from 'tap'
import { type DhcpOnSegment, proxyOptions, RecentTransfers } from '../src/lan/dhcp.ts'
import { dhcpSettings } from '../src/lan/dhcp-settings.ts'
import { HeardServers } from '../src/lan/heard-servers.ts'
import { watchSite } from '../src/netboot/site-snapshot.ts'

// Promise: who wants to know what becomes of a DISCOVER, from the socket to the reply and to the row on the timeline,
// reads at most eighteen files.

const MOST = 18
/** its callback takes the datagram from the socket, and sends the reply */
const SOCKET = 'packages/dhcp-proxy/src/server.ts'

const root = new URL('../../../', import.meta.url).href
const site = {
  dhcpMode: 'proxy',
  userClass: 'Tinkerbell',
  scriptUrl: null,
  bootFiles: [{ product: 'NUC*', file: 'nuc.efi' }],
  secureBoot: 'auto',
  secureBootModels: [],
  https: false,
  plainHttp: 'allowed',
  chainRomIpxe: 'auto',
} as unknown as Site
/** a node that only its UUID tells, with the product that a boot file rule names */
const node: NetbootException = {
  name: 'pos-17',
  state: 'REGISTERED',
  netbootPolicy: 'allowed',
  bootFile: null,
  secureBoot: null,
  manufacturer: null,
  product: 'NUC 13 Pro',
  macs: [],
  uuids: ['11111111-2222-3333-4444-555555555555'],
}
const segment = { address: '192.168.77.1', fds: { dhcp: -1, pxe: -1, tftp: -1, http: -1, https: -1 } }
const log = { debug: () => {}, warn: () => {} } as unknown as Logger

/** What UEFI firmware broadcasts. */
function discover(last: number): Uint8Array {
  const text = (characters: string) => Buffer.from(characters, 'latin1')
  const packet: Packet = {
    op: 1,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid: 0x11223344,
    secs: 4,
    flags: 0x8000,
    ciaddr: '0.0.0.0',
    yiaddr: '0.0.0.0',
    siaddr: '0.0.0.0',
    giaddr: '0.0.0.0',
    chaddr: Uint8Array.from({ length: 16 }, (_, at) => [0x52, 0x54, 0, 0xaa, 0, last][at] ?? 0),
    sname: '',
    file: '',
    options: new Map([
      [OPTION.messageType, Uint8Array.of(MESSAGE_TYPE.discover)],
      [OPTION.vendorClass, text('PXEClient:Arch:00007:UNDI:003016')],
      [OPTION.clientArchitecture, Uint8Array.of(0, 7)],
      [OPTION.clientMachineIdentifier, Buffer.from('0011111111222233334444555555555555', 'hex')],
    ]),
  }
  return encode(packet)
}

/** Sources of this repository of which a function ran meanwhile. */
async function sourcesOf(run: () => Promise<void>): Promise<string[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await run()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  session.disconnect()
  return result
    .filter(({ functions }) => functions.some(({ ranges }) => ranges.some(({ count }) => count > 0)))
    .flatMap(({ url }) => (url.startsWith(root) ? [url.slice(root.length)] : []))
    .filter((path) => /^(packages\/[^/]+|apps\/server)\/src\//.test(path))
    .sort()
}

await t.test('the way of a DISCOVER', async (t) => {
  const rows: { mac: string; message: string }[] = []
  const db = {
    $queryRaw: async (_sql: unknown, json: string) => {
      const batch = JSON.parse(json) as typeof rows
      rows.push(...batch)
      return batch.map((_, at) => ({ id: BigInt(at) }))
    },
  } as unknown as Db
  const now = () => Date.now()
  const sink = createEventSink({ db, now })
  await using snapshot = await watchSite({ load: async () => ({ site, exceptions: [node] }), log })
  const parts: DhcpOnSegment = {
    segment: { ...segment, interface: 'br0' } as DhcpOnSegment['segment'],
    settingsFor: (current) =>
      dhcpSettings(current, { address: segment.address, base: 'http://192.168.77.1:7480', tls: null }),
    site: snapshot.site,
    gate: snapshot.gate,
    heard: new HeardServers(),
    chained: new RecentTransfers(),
    ipxeShim: () => null,
    record: sink.record.bind(sink),
    now,
    log,
  }
  const handler = new PacketHandler(proxyOptions(parts), { now: () => performance.now(), inTime: (coming) => coming })
  const replies: Uint8Array[] = []
  const hear = async (datagram: Uint8Array) => {
    handler.onMessage(67, datagram, { address: '0.0.0.0', port: 68 }, ({ message }) => replies.push(encode(message)))
    await sink.flush()
  }
  await hear(discover(1)) // makes the settings, once for each reading of the site

  const datagram = discover(2)
  const sources = [SOCKET, ...(await sourcesOf(() => hear(datagram)))]
  await sink.close()
  t.equal(replies.length, 2, 'it was answered')
  t.match(rows.at(-1), {
    mac: '52:54:00:aa:00:02',
    message: 'DISCOVER on port 67 from x64 UEFI: offered to answer on port 4011',
  })
  for (const known of [
    'packages/dhcp-proxy/src/reply.ts',
    'apps/server/src/lan/dhcp.ts',
    'apps/server/src/netboot/gate.ts',
  ])
    t.ok(sources.includes(known), `${known} is on the way, so what runs is seen`)
  t.ok(sources.length <= MOST, `${sources.length} files: ${sources.join(', ')}`)
})
