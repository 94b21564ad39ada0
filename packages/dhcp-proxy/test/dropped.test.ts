import t from 'tap'
import { type Drop, decode, encode, PacketHandler, type Rim } from '../src/index.ts'
import type { DhcpProxyOptions } from '../src/proxy-options.ts'
import { CAPTURES, packet } from './captures.ts'
import { MAC, question, SITE, why } from './machine.ts'

// Promise: a packet that comes to nothing is told of with its sender's MAC and the reason, whenever the MAC can be read.

function heard(datagrams: Uint8Array[], change: Partial<DhcpProxyOptions> = {}, rim: Partial<Rim> = {}) {
  const drops: Drop[] = []
  let seen = 0
  const handler = new PacketHandler(
    {
      sockets: { dhcp: { fd: -1 }, pxe: { fd: -1 } },
      settings: () => SITE,
      chainedRecently: () => false,
      onSeen: () => (seen += 1),
      onProblem: () => {},
      onDropped: (drop) => drops.push(drop),
      ...change,
    },
    { now: () => 0, inTime: (coming) => coming, ...rim },
  )
  for (const bytes of datagrams) handler.onMessage(67, bytes, { address: '0.0.0.0', port: 68 }, () => {})
  return { handler, drops, seen: () => seen }
}

/** A DISCOVER of a boot ROM; `head` is its first eight bytes, `chaddr` 16 bytes, `options` what follows the magic cookie. */
const discover = (options: string, head = '01010600 d4a087ae', chaddr = '525400aa0001 00*10') =>
  packet(`
    ${head} 0004 8000
    00000000 00000000 00000000 00000000
    ${chaddr}  00*64  00*128
    63825363
    ${options}
  `)
const PXE = '3c20 505845436c69656e743a417263683a30303030373a554e44493a303033303030'
const ARCH = '5d02 0007'
const UUID = '6111 0011111111222233334444555555555555'
const drop = (messageType: Drop['messageType'], code: string, slots = {}) => [
  { mac: MAC, port: 67, messageType, reason: why(code, slots) },
]

await t.test('firmware that breaks the rules', async (t) => {
  const cases: [string, Uint8Array, Drop['messageType'], string, object][] = [
    ['no option 93', discover(`3501 01 ${UUID} ${PXE} ff`), 'discover', 'dhcp-no-architecture', {}],
    [
      'option 93 of three bytes',
      discover(`3501 01 5d03 000700 ${PXE} ff`),
      'discover',
      'dhcp-option-length',
      { option: 93, bytes: 3 },
    ],
    [
      'option 97 without its type',
      discover(`3501 01 ${ARCH} 6110 11111111222233334444555555555555 ${PXE} ff`),
      'discover',
      'dhcp-option-length',
      { option: 97, bytes: 16 },
    ],
    [
      'IEEE 802 in place of Ethernet',
      discover(`3501 01 ${ARCH} ${PXE} ff`, '01060600 d4a087ae'),
      'discover',
      'dhcp-hardware-type',
      { type: 6, length: 6 },
    ],
    [
      'InfiniBand, with the MAC that iPXE gives it',
      discover(`3501 01 ${ARCH} ${PXE} ff`, '01200600 d4a087ae'),
      'discover',
      'dhcp-hardware-type',
      { type: 32, length: 6 },
    ],
    [
      'an option that runs past the end',
      discover(`3501 01 ${ARCH} ${PXE} 2b14 060108`),
      null,
      'dhcp-malformed',
      { text: 'vendorSpecific (43) says 20 bytes and has 3' },
    ],
    [
      'an option without a length',
      discover(`3501 01 ${ARCH} ${PXE} 61`),
      null,
      'dhcp-malformed',
      { text: 'clientMachineIdentifier (97) has no length byte' },
    ],
    [
      'hlen beyond its field',
      discover(`3501 01 ${ARCH} ${PXE} ff`, '01011400 d4a087ae'),
      null,
      'dhcp-malformed',
      { text: 'hlen is 20, and chaddr has 16 bytes' },
    ],
    [
      'cut behind the address',
      CAPTURES.edk2Discover.subarray(0, 44),
      null,
      'dhcp-malformed',
      { text: '44 bytes are too few: a header alone has 240' },
    ],
  ]
  for (const [name, datagram, messageType, code, slots] of cases) {
    const { drops, seen } = heard([datagram])
    t.strictSame(drops, drop(messageType, code, slots), name)
    t.equal(seen(), 0, name)
  }
})

await t.test('no MAC, no telling', async (t) => {
  const whole = `3501 01 ${ARCH} ${PXE} ff`
  const silent: [string, Uint8Array][] = [
    ['cut within the address', CAPTURES.edk2Discover.subarray(0, 43)],
    ['InfiniBand as RFC 4390 has it', discover(whole, '01200000 d4a087ae', '00*16')],
    ['an address of eight bytes', discover(whole, '011b0800 d4a087ae', '525400aa0001beef 00*8')],
    ['a group’s address', discover(`3501 01 ${PXE} ff`, undefined, 'ffffffffffff 00*10')],
    ['a server’s broken reply', discover(`3501 02 ${PXE} 2b14 060108`, '02010600 d4a087ae')],
    ['everybody else’s DHCP', discover('3501 01 3c08 4d53465420352e30 ff')],
    ['what is answered', discover(whole)],
  ]
  for (const [name, datagram] of silent) t.strictSame(heard([datagram]).drops, [], name)
})

await t.test('more than the rate allows: each one counts', async (t) => {
  const { drops, seen } = heard(Array.from({ length: 14 }, () => CAPTURES.edk2Discover))
  t.equal(seen(), 10)
  t.strictSame(drops, Array(4).fill(drop('discover', 'dhcp-too-many', { perSecond: 10 })[0]))
})

await t.test('facts that fail, and facts that come late', async (t) => {
  const late = (text: string) => drop('discover', 'dhcp-facts-late', { text })
  const thrown = heard([CAPTURES.edk2Discover], {
    factsOf: () => {
      throw new Error('no gate')
    },
  })
  t.strictSame(thrown.drops, late('no gate'))
  const slow = heard(
    [CAPTURES.edk2Discover],
    { factsOf: () => new Promise(() => {}) },
    { inTime: () => Promise.reject(new Error('not within 3000 ms')) },
  )
  await new Promise(setImmediate)
  t.strictSame(slow.drops, late('not within 3000 ms'))
  const many = heard(
    Array.from({ length: 257 }, (_, at) => {
      const other = Uint8Array.from(CAPTURES.edk2Discover)
      other[32] = at >> 8
      other[33] = at
      return other
    }),
    { factsOf: () => new Promise(() => {}) },
  )
  t.match(many.drops, [
    {
      mac: '52:54:00:aa:01:00',
      reason: why('dhcp-facts-late', { text: 'the facts of 256 machines are still awaited' }),
    },
  ])
})

await t.test('a reply that did not leave, by the machine that it was for', async (t) => {
  const { handler, drops } = heard([])
  const reply = decode(encode(question({ op: 2 })))
  if (!reply.ok) throw new Error(reply.reason)
  handler.sendFailed('cannot send: EPERM', 67, reply.value)
  t.strictSame(drops, drop(null, 'dhcp-not-sent', { text: 'cannot send: EPERM' }))
})

t.equal(
  heard([discover(`3501 01 ${PXE} ff`)], {
    onDropped: () => {
      throw new Error('full')
    },
  }).handler.counters.broken,
  1,
  'who listens may fail',
)
