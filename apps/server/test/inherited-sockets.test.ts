import t from 'tap'
import type { Link } from '../src/lan/link.ts'
import { inheritedSockets } from '../src/listen/inherited.ts'
import { segmentsOf } from '../src/listen/segments.ts'

const five = 'dhcp@eth0.10:pxe@eth0.10:tftp@eth0.10:http@eth0.10:https@eth0.10'
const link =
  (...addresses: string[]) =>
  (): Link => ({ index: 7, state: 'running', addresses, mtu: 1500 })

await t.test('reads sockets as systemd names them, from descriptor 3 on', async (t) => {
  t.strictSame(inheritedSockets({ LISTEN_FDS: '5', LISTEN_FDNAMES: five, LISTEN_PID: '77' }, 77), [
    { role: 'dhcp', interface: 'eth0.10', fd: 3 },
    { role: 'pxe', interface: 'eth0.10', fd: 4 },
    { role: 'tftp', interface: 'eth0.10', fd: 5 },
    { role: 'http', interface: 'eth0.10', fd: 6 },
    { role: 'https', interface: 'eth0.10', fd: 7 },
  ])
})

await t.test('sockets that were meant for another process, or none, are none', async (t) => {
  t.strictSame(inheritedSockets({ LISTEN_FDS: '5', LISTEN_FDNAMES: five, LISTEN_PID: '76' }, 77), [])
  t.strictSame(inheritedSockets({}, 77), [])
})

await t.test('names that do not fit are refused', async (t) => {
  t.throws(
    () => inheritedSockets({ LISTEN_FDS: '3', LISTEN_FDNAMES: five }, 1),
    /LISTEN_FDS is 3, but LISTEN_FDNAMES has 5/,
  )
  t.throws(() => inheritedSockets({ LISTEN_FDS: '1', LISTEN_FDNAMES: 'dns@eth0' }, 1), /"dns@eth0"/)
  t.throws(() => inheritedSockets({ LISTEN_FDS: '1', LISTEN_FDNAMES: 'dhcp@' }, 1), /"dhcp@"/)
})

await t.test('an interface becomes a segment with our address on it', async (t) => {
  const sockets = inheritedSockets({ LISTEN_FDS: '5', LISTEN_FDNAMES: five }, 1)
  t.strictSame(segmentsOf(sockets, link('192.168.77.1', '192.168.77.3')), [
    {
      interface: 'eth0.10',
      index: 7,
      address: '192.168.77.1',
      formerAddresses: [],
      mtu: 1500,
      away: null,
      fds: { dhcp: 3, pxe: 4, tftp: 5, http: 6, https: 7 },
    },
  ])
  t.throws(() => segmentsOf(sockets, link()), /interface eth0.10 has no IPv4 address; give it a fixed one/)
  t.throws(() => segmentsOf(sockets.slice(0, 3), link('192.168.77.1')), /no http socket/)
  t.throws(() => segmentsOf(sockets.slice(0, 4), link('192.168.77.1')), /no https socket/)
})
