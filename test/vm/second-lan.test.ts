import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCapture, startCapture } from '@eims/lab'
import t from 'tap'
import { Bench } from './bench.ts'

await t.test('nothing heard on another interface is answered or recorded', { timeout: 180_000 }, async (t) => {
  await using bench = await Bench.create('second')
  const office = await bench.lan.addSegment('br1', '192.168.88')
  const mac = '52:54:00:bb:00:01'
  await office.neighbour.ip('link', 'set', 'eth0', 'address', mac)
  await bench.lan.site.ip('link', 'set', 'eth0', 'address', '52:54:00:bb:00:02')

  await using onOffice = await startCapture({
    namespace: bench.lan.service,
    interface: 'br1',
    file: join(bench.dir, 'office.pcap'),
  })

  // A netboot client's DISCOVER by a foreign DHCP client: vendor class, architecture 7, UNDI 3.16, a UUID.
  const discover = [
    '-f',
    '-n',
    '-q',
    '-t',
    '3',
    '-T',
    '1',
    '-i',
    'eth0',
    '-V',
    'PXEClient:Arch:00007:UNDI:003016',
    '-x',
    '0x5d:0007',
    '-x',
    '0x5e:010310',
    '-x',
    '0x61:0011111111222233334444555555550099',
    '-s',
    '/bin/true',
  ]
  await office.neighbour.exec('busybox', ['udhcpc', ...discover]).catch(() => undefined)
  await bench.lan.site.exec('busybox', ['udhcpc', ...discover]).catch(() => undefined)
  await sleep(2000)

  const said = await readCapture(onOffice.file)
  t.ok(
    said.dhcp.some((packet) => packet.message === 'DISCOVER'),
    'the office machine asked',
  )
  t.notOk(
    said.dhcp.some((packet) => packet.source === '192.168.88.1'),
    'and got no answer',
  )
  t.ok(
    (await bench.wire()).dhcp.some((packet) => packet.message === 'OFFER' && packet.source === '192.168.77.1'),
    'the same client on the bench LAN gets an OFFER',
  )
  await bench.eims('nodes', 'add', 'office', '--mac', mac)
  await bench.eims('nodes', 'add', 'bench', '--mac', '52:54:00:bb:00:02')
  const kinds = async (name: string) => (await bench.node(name)).timeline.events.map((event) => event.kind)
  t.notOk((await kinds('office')).includes('dhcp.discover'), 'nothing of it was recorded')
  t.ok((await kinds('bench')).includes('dhcp.discover'), 'while the one on the bench LAN was')

  const tried = async (command: string, ...args: string[]) =>
    office.neighbour.exec(command, args, { timeoutMs: 20_000 }).then(
      () => 'answered',
      () => 'silence',
    )
  t.equal(await tried('curl', '-sf', '-m', '5', 'http://192.168.88.1:7480/boot.ipxe'), 'silence', 'HTTP')
  t.equal(
    await tried('curl', '-sf', '-m', '5', 'tftp://192.168.88.1/snponly.efi', '-o', '/dev/null'),
    'silence',
    'TFTP',
  )
  // The weak host model of Linux: the service's bench address is reachable from the other LAN.
  await office.neighbour.ip('route', 'add', '192.168.77.1/32', 'via', '192.168.88.1')
  t.equal(
    await tried('curl', '-sf', '-m', '5', 'http://192.168.77.1:7480/boot.ipxe'),
    'silence',
    'HTTP at the bench address',
  )
  t.equal(
    await tried('curl', '-sf', '-m', '5', 'tftp://192.168.77.1/snponly.efi', '-o', '/dev/null'),
    'silence',
    'TFTP at the bench address',
  )
})
