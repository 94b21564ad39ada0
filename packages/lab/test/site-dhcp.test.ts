import { join } from 'node:path'
import t from 'tap'
import { Lan, readCapture, startCapture, startSiteDhcp } from '../src/index.ts'
import { parseLeases } from '../src/site-dhcp.ts'

await t.test('a lease file, the newest last', async (t) => {
  const text = `1795000200 52:54:00:AA:00:01 192.168.77.102 * ff:00:01
1795000100 52:54:00:aa:00:01 192.168.77.101 sn-0001 01:52:54:00:aa:00:01
duid 00:01
`
  t.same(parseLeases(text), [
    { expires: 1795000100, mac: '52:54:00:aa:00:01', address: '192.168.77.101', hostname: 'sn-0001' },
    { expires: 1795000200, mac: '52:54:00:aa:00:01', address: '192.168.77.102' },
  ])
})

await t.test('the site gives an address to a machine on the bench LAN, and the capture shows it', async (t) => {
  const dir = t.testdir()
  await using lan = await Lan.create({ name: 'dhcp-test' })
  await using dhcp = await startSiteDhcp({ segment: lan.bench, dir })
  const capture = await startCapture({ namespace: lan.service, interface: 'br0', file: join(dir, 'br0.pcap') })
  const mac = '52:54:00:00:00:07'
  await lan.service.ip('link', 'set', 'br0', 'address', mac)
  const args = [
    'udhcpc',
    '-i',
    'br0',
    '-n',
    '-q',
    '-f',
    '-s',
    '/bin/true',
    '-t',
    '5',
    '-T',
    '1',
    '-V',
    'PXEClient:test',
  ]
  await lan.service.exec('busybox', args, { timeoutMs: 10_000 })

  const address = await dhcp.addressOf(mac)
  t.match(address, /^192\.168\.77\.1\d\d$|^192\.168\.77\.200$/)
  t.equal(await dhcp.addressOf('52:54:00:00:00:08'), undefined)

  t.match(await capture.stop(), { dropped: 0 })
  const wire = await readCapture(capture.file)
  t.same(
    wire.dhcp.map(({ message, mac: machine }) => [message, machine]),
    ['DISCOVER', 'OFFER', 'REQUEST', 'ACK'].map((message) => [message, mac]),
  )
  t.match(wire.dhcp[0], { vendorClass: 'PXEClient:test', source: '0.0.0.0', destinationPort: 67, from: mac })
  t.match(wire.dhcp[1], { source: '192.168.77.2', destinationPort: 68 })
})
