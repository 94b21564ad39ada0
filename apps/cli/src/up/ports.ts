import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Refusal } from '../refusal.ts'

/** Perl's arguments that open the sockets of all interfaces and then become `program`. */
export function openSockets(httpPort: string, interfaces: string[], program: string[]): string[] {
  return [join(import.meta.dirname, 'open-sockets.pl'), httpPort, ...interfaces, '--', ...program]
}

/** Opens every port once and lets go of it. Throws a Refusal that names the first one that another program has. */
export async function refuseTakenPorts(ports: { http: string; admin: string; interfaces: string[] }): Promise<void> {
  const { status, stderr } = spawnSync('/usr/bin/perl', openSockets(ports.http, ports.interfaces, ['/bin/true']), {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Refusal(stderr.trim().replace(/^eims: /, ''))
  const server = createServer()
  try {
    await once(server.listen(Number(ports.admin), '127.0.0.1'), 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'is taken (ss -lntp shows by whom)' : `cannot be opened (${message})`
    throw new Refusal(
      `TCP port ${ports.admin} on 127.0.0.1 ${why}; stop that program, or choose another port with --admin-port`,
    )
  }
  server.close()
  await once(server, 'close')
}
