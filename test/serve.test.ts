import { once } from 'node:events'
import { join } from 'node:path'
import { Lan } from '@eims/lab'
import t from 'tap'
import { Launched, launcher, reachableFolder, root } from './up/launched.ts'

// One promise: ./eims serve takes the sockets that it is given, as systemd gives them, and none that hears another LAN.

const lan = await Lan.create({ name: 'serve' })
t.teardown(() => lan[Symbol.asyncDispose]())
const data = join(await reachableFolder(t), 'data')
const serve = [launcher, 'serve', '--data', data]

await t.test('bound sockets are served', async (t) => {
  const opened = [join(root, 'apps/cli/src/up/open-sockets.pl'), '7480', '7443', 'br0', '--', ...serve]
  const service = new Launched(lan.service.spawn('perl', opened, { stdio: ['ignore', 'pipe', 'pipe'] }))
  await service.up()
  const { stdout } = await lan.site.exec('curl', ['-sSf', '-m', '20', 'http://192.168.77.1:7480/boot.ipxe'])
  t.match(stdout, /^#!ipxe/)
  const { stdout: queues } = await lan.service.exec('ss', ['-HlnumO'])
  for (const port of [67, 69, 4011])
    t.match(queues, new RegExp(`:${port} .*\\brb4194304,`), `UDP ${port} holds a burst`)
  t.equal((await service.end('SIGTERM')).code, 0)
})

const said = async (script: string) => {
  const child = lan.service.spawn('perl', ['-MSocket', '-e', `$^F = 99; ${script}; exec @ARGV`, '--', ...serve], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const [code] = await once(child, 'close')
  return [code, text.trim()]
}
const given = (name: string, more = '') =>
  `socket(my $s, AF_INET, SOCK_DGRAM, 0); POSIX::dup2(fileno($s), 3) if fileno($s) != 3; ${more}; ` +
  `@ENV{qw(LISTEN_FDS LISTEN_PID LISTEN_FDNAMES)} = (1, $$, '${name}')`

await t.test('others are refused, with what the unit lacks', async (t) => {
  t.strictSame(await said('1'), [
    1,
    'eims: no sockets were handed over; this is started by systemd, by hand it is: ./eims up',
  ])
  t.strictSame(await said(given('dhcp@br0')), [
    1,
    'eims: the socket dhcp@br0 is bound to no interface, and would answer machines of other LANs; its unit needs BindToDevice=br0',
  ])
  t.match(await said(given('dhcp@br1', "setsockopt($s, SOL_SOCKET, 25, pack('Z*', 'br0'))")), [
    1,
    /^eims: the socket dhcp@br1 is bound to br0, /,
  ])
  t.match(await said(given('eims.socket')), [1, /^eims: the socket "eims.socket" is none of eims/])
})
