import t from 'tap'
import { decode, encode, type ServerPort } from '../src/index.ts'
import { ask, question, type Saying, text, why } from './machine.ts'

// Promise: only what is meant for us is answered, to where RFC 2131 and EDK2 expect it, with the client's own fields.

const BROADCAST = { address: '255.255.255.255', port: 68 }

function answer(saying: Saying, port: ServerPort = 67, from = { address: '0.0.0.0', port: 68 }) {
  const decision = ask(question(saying), { port, from })
  return decision.kind === 'reply' ? decision.to : decision.reason
}

await t.test('where a reply goes', async (t) => {
  const REQUEST = { options: { 53: '03' } }
  const client = { address: '192.168.77.100', port: 4011 }
  t.same(answer({}), BROADCAST)
  t.same(answer({ flags: 0 }), BROADCAST, 'also without the broadcast flag: there is no address to send to')
  t.same(answer({ giaddr: '10.1.2.3' }), { address: '10.1.2.3', port: 67 })
  t.same(answer({ giaddr: '10.1.2.3', ciaddr: '10.1.2.9' }), { address: '10.1.2.3', port: 67 })
  t.same(answer({ ciaddr: '192.168.77.9' }), { address: '192.168.77.9', port: 68 })
  t.same(answer(REQUEST, 4011, client), client)
  t.same(
    answer({ ...REQUEST, ciaddr: '192.168.77.9', giaddr: '10.1.2.3' }, 4011, client),
    client,
    'the sender, on 4011',
  )
  t.same(answer(REQUEST, 4011, { address: '192.168.77.100', port: 68 }), { address: '192.168.77.100', port: 68 })
  t.same(answer(REQUEST, 4011, { address: '0.0.0.0', port: 4011 }), { address: '255.255.255.255', port: 4011 })
})

await t.test('where none goes', async (t) => {
  const noHost = (field: string, address: string) => why('dhcp-no-host', { field, address })
  const REQUEST = { options: { 53: '03' } }
  t.same(answer({ giaddr: '255.255.255.255' }), noHost('giaddr', '255.255.255.255'))
  t.same(answer({ ciaddr: '224.0.0.1' }), noHost('ciaddr', '224.0.0.1'))
  t.same(answer({ ciaddr: '0.0.0.1' }), noHost('ciaddr', '0.0.0.1'))
  t.same(answer({}, 67, { address: '0.0.0.0', port: 0 }), why('dhcp-from-port-0'))
  t.same(answer(REQUEST, 4011, { address: '239.1.1.1', port: 9 }), noHost('source', '239.1.1.1'))
})

await t.test('which messages are for us', async (t) => {
  const from = { address: '192.168.77.100', port: 4011 }
  t.same(answer({ options: { 53: '03', 54: 'c0a84d01' } }), BROADCAST, 'a REQUEST that names us')
  t.same(answer({ options: { 53: '03', 54: 'c0a84d02' } }), why('dhcp-other-server', { server: '192.168.77.2' }))
  t.same(answer({ options: { 53: '03' } }), why('dhcp-no-server-named'))
  t.same(answer({ options: { 53: '08' } }), why('dhcp-inform'))
  t.same(answer({ options: { 53: '01' } }, 4011, from), why('dhcp-discover-on-4011'))
  t.same(answer({ options: { 53: '08' } }, 4011, from), from, 'an INFORM on 4011')
  t.same(answer({ options: { 53: '03', 54: 'c0a84d02' } }, 4011, from), from, 'on 4011 nobody asks by mistake')
})

await t.test('a relayed question comes back with its relay information last', async (t) => {
  const relayed: Saying = {
    hops: 1,
    secs: 9,
    flags: 0x8000,
    giaddr: '10.1.2.3',
    options: { 82: '0104000a0001', 61: '01525400aa0001', 93: '0000' },
  }
  const decision = ask(question(relayed))
  if (decision.kind !== 'reply') return t.fail(JSON.stringify(decision.reason))
  const sent = decode(encode(decision.message))
  if (!sent.ok) return t.fail(sent.reason)
  t.match(sent.value, {
    op: 2,
    hops: 0,
    secs: 0,
    xid: 0x11223344,
    flags: 0x8000,
    giaddr: '10.1.2.3',
    yiaddr: '0.0.0.0',
  })
  t.same([...sent.value.options.keys()], [53, 54, 60, 43, 61, 97, 82])
  t.equal(Buffer.from(sent.value.options.get(82)!).toString('hex'), '0104000a0001')
})

await t.test('option 97 comes back only if it was sent', async (t) => {
  const decision = ask(question({ options: { 97: null } }))
  t.equal(decision.kind === 'reply' && decision.message.options.has(97), false)
})

await t.test('a long script URL goes into option 67, whole, or nowhere', async (t) => {
  const url = (length: number) => 'http://192.168.77.1:8080/boot.ipxe?'.padEnd(length, 'x')
  const offer = (length: number, options: Record<number, string> = {}) =>
    ask(question({ options: { 77: text('Tinkerbell'), ...options } }), { settings: { scriptUrl: url(length) } })
  const where = (length: number) => {
    const decision = offer(length)
    if (decision.kind !== 'reply') return decision.reason
    const { file, options } = decision.message
    return { file, option67: Buffer.from(options.get(67) ?? []).toString() }
  }
  t.same(where(127), { file: url(127), option67: '' })
  t.same(where(128), { file: '', option67: url(128) })
  t.same(where(300), why('dhcp-reply-too-large', { bytes: 584, room: 548, url: 'script' }))
  t.match(offer(300, { 57: '05c0' }), { kind: 'reply', file: url(300) }, 'iPXE takes 1472')
  t.match(
    offer(1024, { 57: 'ffff', 82: '00'.repeat(200) }),
    { reason: { code: 'dhcp-reply-too-large', slots: { room: 1472 } } },
    'no more than one Ethernet frame',
  )
})
