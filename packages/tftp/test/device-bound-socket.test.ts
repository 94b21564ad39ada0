import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { fetch } from './support/client.ts'

// What the launcher does: perl binds a socket to one device (SO_BINDTODEVICE is 25) and hands it on as descriptor 3.
const perl = `
  use Socket; $^F = 3;
  socket(my $s, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
  setsockopt($s, SOL_SOCKET, 25, pack("Z*", "lo")) or die "SO_BINDTODEVICE: $!";
  bind($s, sockaddr_in(0, INADDR_ANY)) or die "bind: $!";
  fileno($s) == 3 or die "descriptor " . fileno($s);
  exec @ARGV or die "exec: $!";
`

await t.test('a socket that is bound to a device and inherited as a descriptor is served', async (t) => {
  const program = new URL('support/inherited.ts', import.meta.url).pathname
  const child = spawn('perl', ['-e', perl, process.execPath, program], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill())
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  const port = Number(line)
  t.ok(port > 0, `it listens on ${port}`)
  t.equal((await fetch(port, 'snponly.efi')).toString(), 'snponly.efi')
  child.stdin.end()
  t.same(await once(child, 'exit'), [0, null], 'close() lets the process end')
})
