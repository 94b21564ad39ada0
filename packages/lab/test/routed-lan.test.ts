import { join } from 'node:path'
import t from 'tap'
import { Lan, readCapture, startCapture, startRoutedLan, startSiteDhcp } from '../src/index.ts'

await t.test(
  'a machine on the further LAN gets an address through the relay, and a way to the bench LAN',
  async (t) => {
    const dir = t.testdir()
    await using lan = await Lan.create({ name: 'relay-test' })
    await using dhcp = await startSiteDhcp({ segment: lan.bench, dir, relayed: ['192.168.99'] })
    await using routed = await startRoutedLan({ lan, subnet: '192.168.99', dir })
    const capture = await startCapture({ namespace: lan.service, interface: 'br0', file: join(dir, 'br0.pcap') })
    const client = await lan.addNamespace('client')
    const mac = '52:54:00:00:00:07'
    await routed.home.ip('link', 'add', 'port0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', client.name)
    await routed.home.ip('link', 'set', 'port0', 'master', routed.bridge, 'up')
    await client.ip('link', 'set', 'eth0', 'address', mac, 'up')
    const args = ['udhcpc', '-i', 'eth0', '-n', '-q', '-f', '-s', '/bin/true', '-t', '5', '-T', '1']
    await client.exec('busybox', args, { timeoutMs: 10_000 })

    const address = await dhcp.addressOf(mac)
    t.match(address, /^192\.168\.99\.(1\d\d|200)$/)
    await client.ip('addr', 'add', `${address}/24`, 'dev', 'eth0')
    await client.ip('route', 'add', 'default', 'via', routed.gateway)
    await client.exec('busybox', ['ping', '-c', '1', '-W', '2', lan.bench.serviceAddress])

    await capture.stop()
    const asked = (await readCapture(capture.file)).dhcp.filter((seen) => seen.message === 'DISCOVER')
    const servers = new Set(asked.map((seen) => seen.destination))
    t.same(servers, new Set([lan.bench.serviceAddress, lan.bench.neighbourAddress]), 'both servers were asked')
  },
)
