import t from 'tap'
import type { OtherDhcp } from '../src/index.ts'
import { decode, encode } from '../src/index.ts'
import { OthersHeard, readOther } from '../src/other-dhcp.ts'
import { question, type Saying, text } from './machine.ts'

// Promise: what shows that another DHCP or ProxyDHCP server is there is told, and a flood of it is not.

const read = (saying: Saying, from = '0.0.0.0'): OtherDhcp | null => {
  const packet = decode(encode(question(saying)))
  return packet.ok ? readOther(packet.value, from, '192.168.77.1') : null
}
const mac = '52:54:00:aa:00:01'

t.strictSame(
  read({ options: { 53: '03', 54: 'c0a84d02', 60: null } }),
  { mac, messageType: 'request', serverIdentifier: '192.168.77.2', reply: false, vendorClass: null, from: '0.0.0.0' },
  "a laptop's REQUEST",
)
t.strictSame(
  read({ op: 2, options: { 53: '02', 54: 'c0a84d09', 60: text('PXEClient\n') } }, '192.168.77.9'),
  {
    mac,
    messageType: 'offer',
    serverIdentifier: '192.168.77.9',
    reply: true,
    vendorClass: 'PXEClient.',
    from: '192.168.77.9',
  },
  'a second ProxyDHCP',
)
t.match(read({ op: 2, options: { 53: null } }, '192.168.77.9'), { messageType: null, from: '192.168.77.9' }, 'BOOTP')
t.equal(read({ options: { 53: '01', 60: null } }), null, "a laptop's DISCOVER")
t.equal(read({ op: 2, options: { 54: 'c0a84d01' } }), null, 'our own reply')
t.equal(read({ op: 2 }, '192.168.77.1'), null, 'our own reply by its address')
t.equal(read({ options: { 54: 'c0a8' } }), null, 'an option 54 of two bytes')

const heard = new OthersHeard()
const server = (n: number): OtherDhcp => ({
  mac,
  messageType: 'request',
  serverIdentifier: `10.0.${n >> 8}.${n & 255}`,
  reply: false,
  vendorClass: null,
  from: '0.0.0.0',
})
t.ok(heard.allow(server(1), 0))
t.notOk(heard.allow(server(1), 10), 'the same again')
t.ok(heard.allow({ ...server(1), reply: true }, 10), 'but not its own reply')
t.ok(heard.allow(server(1), 1000), 'a second later')
const told = Array.from({ length: 1000 }, (_, n) => heard.allow(server(n + 2), 5000)).filter(Boolean).length
t.equal(told, 50, 'whoever forges a thousand servers is told of fifty times')
