import t from 'tap'
import { encode, type OtherDhcp, type Problem, type Sighting } from '../src/index.ts'
import { PacketHandler } from '../src/packet-handler.ts'
import type { DhcpProxyOptions } from '../src/proxy-options.ts'
import { question, type Saying, SITE, text, why } from './machine.ts'

// Promise: every datagram is counted once by what came of it, and facts that come late, never or wrong answer nobody.

function handling(change: Partial<DhcpProxyOptions> = {}) {
  const seen: Sighting[] = []
  const problems: Problem[] = []
  const others: OtherDhcp[] = []
  const sent: (string | null)[] = []
  const handler = new PacketHandler(
    {
      sockets: { dhcp: { fd: -1 }, pxe: { fd: -1 } },
      settings: () => ({ ...SITE, httpBootUrl: 'http://192.168.77.1/boot/' }),
      chainedRecently: () => false,
      onSeen: (sighting) => seen.push(sighting),
      onProblem: (problem) => problems.push(problem),
      onOther: (other) => others.push(other),
      ...change,
    },
    { now: () => 0, inTime: (coming) => coming },
  )
  const hear = (saying: Saying | Uint8Array, port: 67 | 4011 = 67) => {
    const bytes = saying instanceof Uint8Array ? saying : encode(question(saying))
    handler.onMessage(port, bytes, { address: '192.168.77.100', port: 68 }, ({ file }) => sent.push(file))
  }
  return { handler, hear, seen, problems, others, sent }
}

await t.test('counters', async (t) => {
  const { handler, hear, others } = handling({ maxPerClientPerSecond: 7 })
  hear(Uint8Array.of(1))
  hear({ options: { 60: null, 53: '03', 54: 'c0a84d02' } })
  hear({ options: { 93: null } })
  hear({})
  hear({ options: { 53: '03' } }, 4011)
  hear({ options: { 77: text('Tinkerbell') } })
  hear({ options: { 77: text('iPXE') } })
  hear({ options: { 60: text('HTTPClient'), 93: '0010' } })
  hear({ options: { 53: '03', 54: 'c0a84d02' } })
  hear({ options: { 93: '0000' } })
  hear({ options: { 93: '0000' } })
  hear({ options: { 60: null } })
  hear({ options: { 53: '05' } })
  hear({ options: { 53: '08' } })
  t.match(handler.counters, {
    received: 14,
    malformed: 1,
    notNetboot: 3,
    broken: 1,
    rateLimited: 2,
    unanswered: 0,
    ignored: 1,
    repliedAsk4011: 1,
    repliedFirmware: 2,
    repliedChain: 1,
    repliedScript: 1,
    repliedHttp: 1,
    repliedDenied: 0,
    sendFailed: 0,
  })
  const byType = Object.entries(handler.counters).filter(([name, value]) => name.includes('.') && value > 0)
  t.strictSame(Object.fromEntries(byType), {
    'discover.notNetboot': 1,
    'discover.broken': 1,
    'discover.rateLimited': 1,
    'discover.replied': 5,
    'request.notNetboot': 1,
    'request.ignored': 1,
    'request.replied': 1,
    'inform.rateLimited': 1,
    'other.malformed': 1,
    'other.notNetboot': 1,
  })
  t.match(others, [{ serverIdentifier: '192.168.77.2', reply: false }])
})

await t.test('a gate that is asked in the database', async (t) => {
  const gate = { policy: 'denied', reason: why('stolen'), slug: 'Stolen!' } as const
  const { handler, hear, seen, sent } = handling({ factsOf: async () => ({ gate, bootFile: null }) })
  hear({ options: { 93: '0000' } })
  t.equal(sent.length, 0)
  await new Promise(setImmediate)
  t.same(sent, ['52-54-00-aa-00-01/netboot-denied-stolen'])
  t.match(seen, [{ step: 'denied', reason: why('stolen'), file: '52-54-00-aa-00-01/netboot-denied-stolen' }])
  t.match(handler.counters, { repliedDenied: 1 })
})

await t.test('facts that fail', async (t) => {
  const { handler, hear, sent, problems } = handling({ factsOf: () => Promise.reject(new Error('database is away')) })
  hear({})
  await new Promise(setImmediate)
  t.same(sent, [])
  t.match(problems, [{ kind: 'caller', message: 'database is away' }])
  t.match(handler.counters, { unanswered: 1 })
})

await t.test('facts that never come', async (t) => {
  const { handler, hear, sent, problems } = handling({
    factsOf: () => new Promise(() => {}),
    maxPerClientPerSecond: 1000,
  })
  for (let i = 0; i < 300; i++) hear({})
  await new Promise(setImmediate)
  t.same(sent, [])
  t.match(problems[0], { message: 'the facts of 256 machines are still awaited' })
  t.match(handler.counters, { received: 300, unanswered: 44 })
})

await t.test('what a sighting tells of the packet', async (t) => {
  const { hear, seen } = handling()
  hear({ secs: 9, giaddr: '10.0.0.1', options: { 53: '03', 54: 'c0a84d02', 50: 'c0a84d66' } })
  t.match(seen, [{ secs: 9, giaddr: '10.0.0.1', serverIdentifier: '192.168.77.2', requestedAddress: '192.168.77.102' }])
})
