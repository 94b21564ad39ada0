import { stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parseSummary } from '../src/capture-reader.ts'
import { Lan, readCapture, startCapture, withoutBulk } from '../src/index.ts'

await t.test('a packet of each kind, as tshark prints it', async (t) => {
  const lines = [
    '1.5\t52:54:00:aa:00:01\t0.0.0.0\t255.255.255.255\t67\t\t1\t52:54:00:aa:00:01\t\t\tPXEClient\t\t\t\t',
    '2\t02:00:00:00:00:01\t192.168.77.1\t192.168.77.101\t4011\t\t5\t52:54:00:aa:00:01\tsnponly.efi\t\tPXEClient\t\t\t\t',
    '3\t52:54:00:aa:00:01\t192.168.77.101\t192.168.77.1\t69\t\t\t\t\t\t\tundionly.kpxe\t\t\t',
    '4\t52:54:00:aa:00:01\t192.168.77.101\t192.168.77.1\t\t8080\t\t\t\t\t\t\tGET\u001fHEAD\t/boot.ipxe?mac=1\u001f/b\t192.168.77.1:8080\u001flocalhost',
    '',
  ].join('\n')
  const machine = { from: '52:54:00:aa:00:01', source: '192.168.77.101', destination: '192.168.77.1' }
  t.same(parseSummary(lines), {
    dhcp: [
      {
        at: 1.5,
        from: '52:54:00:aa:00:01',
        source: '0.0.0.0',
        destination: '255.255.255.255',
        destinationPort: 67,
        message: 'DISCOVER',
        mac: '52:54:00:aa:00:01',
        vendorClass: 'PXEClient',
      },
      {
        at: 2,
        from: '02:00:00:00:00:01',
        source: '192.168.77.1',
        destination: '192.168.77.101',
        destinationPort: 4011,
        message: 'ACK',
        mac: '52:54:00:aa:00:01',
        bootFile: 'snponly.efi',
        vendorClass: 'PXEClient',
      },
    ],
    tftp: [{ ...machine, at: 3, destinationPort: 69, file: 'undionly.kpxe' }],
    http: [
      { ...machine, at: 4, destinationPort: 8080, method: 'GET', uri: '/boot.ipxe?mac=1', host: '192.168.77.1:8080' },
      { ...machine, at: 4, destinationPort: 8080, method: 'HEAD', uri: '/b', host: 'localhost' },
    ],
  })
})

await t.test('what a neighbour asks for is in the capture; the bulk of the answer is not', async (t) => {
  const dir = t.testdir()
  await using lan = await Lan.create({ name: 'capture-test' })
  await writeFile(join(dir, 'chunk'), Buffer.alloc(3_000_000))
  const options = { namespace: lan.service, interface: 'br0' }
  const capture = await startCapture({ ...options, file: join(dir, 'br0.pcap'), filter: withoutBulk(lan.bench) })
  lan.service.spawn('busybox', ['httpd', '-f', '-p', '192.168.77.1:8123', '-h', dir], { stdio: 'ignore' })
  const url = 'http://192.168.77.1:8123/chunk?sha256=00ff'
  await lan.site.exec('curl', ['-s', '--retry', '5', '--retry-connrefused', '-o', '/dev/null', url])
  const readRequest = "'\\0\\1undionly.kpxe\\0octet\\0'"
  const send = `const s = require('dgram').createSocket('udp4'); s.send(${readRequest}, 69, '192.168.77.1', () => s.close())`
  await lan.site.exec(process.execPath, ['-e', send])
  const { captured, dropped } = await capture.stop()
  t.equal(dropped, 0)
  t.ok(captured > 0)
  const { size } = await stat(capture.file)
  t.ok(size < 100_000, `${size} bytes of pcap for 3 MB of download`)
  const wire = await readCapture(capture.file, [8123])
  t.same(
    wire.http.map(({ method, uri }) => `${method} ${uri}`),
    ['GET /chunk?sha256=00ff'],
  )
  t.same(
    wire.tftp.map(({ file, from }) => [file, from === wire.http[0]?.from]),
    [['undionly.kpxe', true]],
  )
  t.same(wire.dhcp, [])
  await truncate(capture.file, size - 1)
  t.equal((await readCapture(capture.file, [8123])).http.length, 1, 'a capture that is still being written can be read')
  await t.rejects(readCapture(join(dir, 'chunk')), { name: 'CommandFailed' })
})
