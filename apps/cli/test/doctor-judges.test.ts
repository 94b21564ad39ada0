import type { HeardServer, InterfaceCounters } from '@eims/contracts'
import t from 'tap'
import { renderChecks } from '../src/doctor/check-text.ts'
import { judgeClock } from '../src/doctor/clock.ts'
import { judgeServers, seemingStrangers } from '../src/doctor/dhcp-servers.ts'
import { droppedPorts, judgeFirewall } from '../src/doctor/firewall.ts'
import { judgeLinks, type Link } from '../src/doctor/network.ts'
import { socketInodes } from '../src/doctor/port-holders.ts'
import type { Offer } from '../src/doctor/probe-packets.ts'
import { judgeServed, type ServedSeen } from '../src/doctor/served.ts'
import { availableMemory, judgeDataSpace, judgeMemory, judgeSpace } from '../src/doctor/space.ts'
import { judgeTaken } from '../src/doctor/taken-ports.ts'

const link: Link = {
  name: 'eth1',
  address: '192.168.77.1',
  state: 'running',
  loopback: false,
  speed: 1000,
  halfDuplex: false,
  dynamic: false,
  forwardDelay: null,
}
const told = (checks: { result: string; says: string }[]) => checks.map(({ result, says }) => [result, says])
const linkAs = (more: Partial<Link>) => told(judgeLinks(['eth1'], [{ ...link, ...more }]))

await t.test('interfaces', async (t) => {
  t.strictSame(linkAs({}), [['ok', 'It is up with 192.168.77.1.']])
  t.strictSame(
    linkAs({ speed: null, dynamic: null }),
    [['ok', 'It is up with 192.168.77.1.']],
    'what is not known is no fault',
  )
  t.strictSame(linkAs({ state: 'off', address: null }), [['fail', 'It is switched off.']])
  t.strictSame(linkAs({ state: 'no link', address: null }), [['fail', 'It has no link.']])
  t.strictSame(linkAs({ address: null }), [['fail', 'It has no IPv4 address.']])
  t.strictSame(linkAs({ loopback: true }), [['fail', 'It is the loopback.']])
  t.match(linkAs({ dynamic: true }), [['warn', /was given by a DHCP server/]])
  t.strictSame(linkAs({ speed: 100, halfDuplex: true })[1], ['warn', 'The link runs at 100 Mb/s, half duplex.'])
  t.match(linkAs({ forwardDelay: 15 })[1], ['warn', /keeps a new port silent for 30 s/])
  t.match(judgeLinks(['eth7'], [link]), [{ result: 'fail', remedy: 'Use one of these with --interface: eth1' }])
})

await t.test('who has a port', async (t) => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   48: 00000000:0045 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 41412 2 0000000000000000 0
   49: 0100007F:1D38 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 41413 2 0000000000000000 0
`
  t.strictSame(
    [...socketInodes(table, [69, 7480], 'udp')],
    [
      ['41412', 69],
      ['41413', 7480],
    ],
  )
  t.strictSame([...socketInodes(table, [69, 7480], 'tcp')], [], 'a connection is no listener')
  const holders = [{ port: 69, protocol: 'udp' as const, process: 812, program: 'in.tftpd' }]
  const refusal =
    'UDP port 69 on eth1 is taken (ss -lnup; ss -lntp show by whom); stop the other TFTP server on this machine'
  t.match(judgeTaken('ports on eth1', refusal, holders), {
    result: 'fail',
    says: 'UDP port 69 on eth1 is taken by in.tftpd (process 812).',
    remedy: 'Stop the other TFTP server on this machine.',
  })
  t.match(judgeTaken('ports on eth1', refusal, []), { says: 'UDP port 69 on eth1 is taken.' })
})

const offer = (more: Partial<Offer>): Offer => ({
  server: '192.168.77.2',
  address: true,
  pxe: false,
  file: null,
  ...more,
})
const heard = (address: string, how: HeardServer['how']): HeardServer => ({
  address,
  how,
  firstAt: '2026-11-20T10:00:00.000Z',
  lastAt: '2026-11-20T10:00:00.000Z',
  count: 1,
})
const servers = (offers: Offer[] | { refused: string }, all: HeardServer[] = [], minutes = 1) => {
  const now = Date.parse('2026-11-20T10:00:00.000Z') + minutes * 60_000
  return told(judgeServers({ interface: 'eth1', offers, heard: all, own: ['192.168.77.1'], now }))
}
const nobodyElse = ['ok', 'Nobody else tells machines what to boot.']

await t.test('other servers of the LAN, probed and heard', async (t) => {
  const self = offer({ server: '192.168.77.1', address: false, pxe: true, file: 'snponly.efi' })
  t.strictSame(
    servers([offer({}), offer({}), self]),
    [['ok', '192.168.77.2 gives the addresses.'], nobodyElse],
    'our own answers, too',
  )
  t.strictSame(servers([]), [['fail', 'No DHCP server offers an address.'], nobodyElse])
  t.strictSame(servers([], [heard('192.168.77.2', 'chosen')])[0], [
    'fail',
    'No DHCP server offers an address, though machines took one from 192.168.77.2 before.',
  ])
  t.match(servers([offer({}), offer({ server: '192.168.77.3' })])[0], ['warn', /^2 DHCP servers/])
  t.match(servers([offer({}), offer({ server: '192.168.77.9', address: false, pxe: true })])[1], [
    'fail',
    /192\.168\.77\.9\.$/,
  ])
  t.match(
    servers([offer({})], [heard('192.168.77.9', 'proxy')])[1],
    ['fail', /192\.168\.77\.9\.$/],
    'it answers only some clients',
  )
  t.strictSame(servers([offer({})], [heard('192.168.77.9', 'proxy')], 11)[1], nobodyElse, 'and was switched off since')
  t.match(servers([offer({ file: 'pxelinux.0' })])[1], ['warn', /names a boot file itself: pxelinux\.0/])
  t.match(servers({ refused: 'cannot open UDP port 68 on eth1: Address already in use' }), [
    ['warn', /could not be asked/],
  ])
})

await t.test('who might be ourselves is asked', async (t) => {
  const own = ['192.168.77.1']
  const proxy = offer({ server: '192.168.77.9', address: false, pxe: true })
  t.strictSame(seemingStrangers({ offers: [offer({}), proxy, proxy], heard: [], own }), ['192.168.77.9'])
  t.strictSame(seemingStrangers({ offers: [proxy], heard: [], own: ['192.168.77.9'] }), [])
  t.strictSame(
    seemingStrangers({ offers: [], heard: [heard('192.168.77.8', 'proxy'), heard('192.168.77.2', 'chosen')], own }),
    ['192.168.77.8'],
  )
})

await t.test('the service that runs here, on an interface', async (t) => {
  const counted = (more: Partial<InterfaceCounters> = {}): InterfaceCounters => ({
    interface: 'eth1',
    address: '192.168.77.1',
    formerAddresses: [],
    url: 'http://192.168.77.1:7480',
    away: null,
    dhcp: { received: 3 },
    tftp: {},
    http: {},
    heardServers: [],
    ...more,
  })
  const served = (more: Partial<ServedSeen> = {}) =>
    told([
      judgeServed({
        server: 'id-1',
        addresses: ['192.168.77.1'],
        before: counted(),
        after: counted({ dhcp: { received: 5 } }),
        asked: true,
        answering: { server: 'id-1' },
        ...more,
      }),
    ])[0]
  t.strictSame(served(), ['ok', 'It answers at http://192.168.77.1:7480 and hears DHCP there.'])
  t.strictSame(served({ asked: false, after: counted() }), ['ok', 'It answers at http://192.168.77.1:7480.'])
  t.strictSame(served({ after: counted() }), ['fail', 'It does not hear DHCP there.'])
  t.strictSame(served({ answering: { refused: 'ECONNREFUSED' } }), [
    'fail',
    'The service does not answer at http://192.168.77.1:7480 (ECONNREFUSED).',
  ])
  t.strictSame(served({ answering: { server: 'id-2' } }), ['fail', 'Another eims answers at http://192.168.77.1:7480.'])
  t.equal(served({ answering: { server: null } })?.[0], 'ok', 'its database is away, which another check tells')
  t.strictSame(served({ addresses: ['192.168.77.9'] }), [
    'fail',
    'The service sends machines to 192.168.77.1, which is none of eth1.',
  ])
  t.strictSame(served({ after: counted({ away: 'gone' }) }), ['fail', 'To the service it is gone.'])
})

await t.test('room, memory and clock', async (t) => {
  const data = (free: number, size: number, keepFree: number | null = null) =>
    judgeDataSpace('/var/lib/eims', { free, size }, keepFree)
  t.match(data(1.05e9, 1e12), {
    result: 'fail',
    says: /^1\.1 GB are free .* Images leave 1\.0 GB of it to the registry\.$/,
  })
  t.equal(data(1.1e9, 1e12).result, 'warn')
  t.equal(data(20e9, 1e12).result, 'ok')
  t.equal(data(0.5e9, 8e9).result, 'warn', '5 % of it are kept')
  t.equal(data(0.3e9, 1e9).result, 'fail', 'but 256 MB at least')
  t.equal(data(20e9, 1e12, 50e9).result, 'fail', 'as it is given')
  t.equal(judgeSpace('the data', '/var/lib/eims', 0.5e9, 1e9).result, 'fail')
  t.equal(judgeSpace('the data', '/var/lib/eims', 5e9, 1e9).result, 'warn')
  t.equal(judgeSpace('the data', '/var/lib/eims', 50e9, 1e9).result, 'ok')
  t.equal(availableMemory('MemTotal:  2000 kB\nMemAvailable:    1000 kB\n'), 1_024_000)
  t.strictSame(
    [1e8, 5e8, 4e9, null].map((bytes) => judgeMemory(bytes).result),
    ['fail', 'warn', 'ok', 'ok'],
  )
  const now = Date.parse('2026-11-20T10:00:00Z')
  t.strictSame(told([judgeClock(now, true)]), [['ok', 'It says 2026-11-20 10:00:00 UTC, set by NTP.']])
  t.equal(judgeClock(now, false).result, 'warn')
  t.equal(judgeClock(now, null).result, 'ok')
  t.match(judgeClock(Date.parse('2010-01-01T00:00:00Z'), true), {
    result: 'fail',
    says: /2010-01-01 00:00:00 UTC, which cannot be/,
  })
})

await t.test('firewall rules of nft and iptables', async (t) => {
  const chain = (policy: string, ...rules: string[]) =>
    `table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy ${policy};\n\t\tiifname "lo" accept\n\t\t${rules.join('\n\t\t')}\n\t}\n}\n`
  t.strictSame(droppedPorts(chain('accept')), [])
  t.strictSame(droppedPorts(chain('drop')), [67, 69, 4011])
  t.strictSame(droppedPorts(chain('drop', 'udp dport { 67, 69, 4011 } accept')), [])
  t.strictSame(droppedPorts(chain('drop', 'udp dport { bootps, 60-70 } accept')), [4011])
  t.strictSame(
    droppedPorts(chain('drop', 'udp dport { 67, 69 } accept', 'tcp dport 4011 accept')),
    [4011],
    'TCP, as people write it',
  )
  t.strictSame(droppedPorts(chain('drop', 'iifname "br0" accept')), [], 'the bench LAN as a whole')
  t.strictSame(droppedPorts(chain('accept', 'udp dport 69 drop')), [69])
  const save = (...lines: string[]) => ['*filter', ...lines, 'COMMIT'].join('\n')
  t.strictSame(droppedPorts(save(':INPUT ACCEPT [0:0]')), [])
  t.strictSame(droppedPorts(save(':INPUT DROP [0:0]', '-A INPUT -i lo -j ACCEPT')), [67, 69, 4011])
  t.strictSame(
    droppedPorts(save(':INPUT DROP [0:0]', '-A INPUT -p udp -m multiport --dports 67,69,4011 -j ACCEPT')),
    [],
  )
  t.strictSame(droppedPorts(save(':INPUT ACCEPT [0:0]', '-A INPUT -p udp -m udp --dport 67 -j DROP')), [67])
  const tcp = (...args: Parameters<typeof chain>) => droppedPorts(chain(...args), 'tcp', [7480])
  t.strictSame(tcp('accept', 'tcp dport 7480 drop'), [7480])
  t.strictSame(tcp('accept', 'ip saddr 192.168.77.0/24 tcp dport 7000-8000 reject'), [7480])
  t.strictSame(tcp('accept', 'udp dport 7480 drop'), [])
  t.strictSame(tcp('drop', 'tcp dport { 22, 7480 } accept'), [])
  t.strictSame(tcp('drop', 'tcp dport 22 accept'), [7480])
  t.strictSame(droppedPorts(save('-A INPUT -p tcp -m tcp --dport 7480 -j DROP'), 'tcp', [7480]), [7480])
  t.match(judgeFirewall([chain('drop')], 7480), { result: 'warn', says: /UDP port 67, 69, 4011 and TCP port 7480\./ })
  t.match(judgeFirewall([chain('accept', 'tcp dport 7480 drop')], 7480), { says: /drop TCP port 7480\.$/ })
  t.match(judgeFirewall([chain('accept')], 7480), { result: 'ok' })
})

await t.test('what needs a hand stands last', async (t) => {
  t.equal(
    renderChecks(
      [
        { name: 'clock', result: 'fail', says: 'It says 2010.', remedy: 'Set it.' },
        { name: 'memory', result: 'ok', says: '4.0 GB are there.', remedy: null },
      ],
      80,
    ),
    'ok    memory: 4.0 GB are there.\nfail  clock: It says 2010.\n      -> Set it.\n\n1 of 2 checks failed.\n',
  )
})
