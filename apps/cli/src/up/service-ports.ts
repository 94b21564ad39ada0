import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Refusal } from '../refusal.ts'

/** The TCP ports of the service, by the names of their flags. `admin-https-port` may be 0: not opened. */
export const portFlags = {
  'http-port': '7480',
  'https-port': '7443',
  'admin-port': '7481',
  'admin-https-port': '7444',
} as const
type PortFlag = keyof typeof portFlags
export type Ports = Record<PortFlag, string>

/** The same flags for parseArgs, for every verb that takes them. */
export const portOptions = Object.fromEntries(
  Object.keys(portFlags).map((flag) => [flag, { type: 'string' }]),
) as Record<PortFlag, { type: 'string' }>

/** Every port as given or as usual. Throws a Refusal for what is no port number, and for two that are the same. */
export function portsOf(values: { [flag in PortFlag]?: string | undefined }): Ports {
  const flags = Object.keys(portFlags) as PortFlag[]
  const ports = Object.fromEntries(
    flags.map((flag) => [flag, portNumber(flag, values[flag] ?? portFlags[flag])]),
  ) as Ports
  for (const [index, flag] of flags.entries()) {
    const twin = flags.slice(0, index).find((other) => Number(ports[other]) === Number(ports[flag]))
    if (twin) throw new Refusal(`--${twin} and --${flag} are both ${ports[flag]}; they must differ`, 2)
  }
  return ports
}

function portNumber(flag: PortFlag, value: string): string {
  const least = flag === 'admin-https-port' ? 0 : 1
  if (!/^\d{1,5}$/.test(value) || Number(value) < least || Number(value) > 65_535)
    throw new Refusal(
      `--${flag} must be a port number from 1 to 65535${least === 0 ? ' (0: none)' : ''}, not "${value}"`,
      2,
    )
  return value
}

/** Perl's arguments that open the sockets of all interfaces and then become `program`. */
export function openSockets(ports: Ports, interfaces: string[], program: string[]): string[] {
  const script = join(import.meta.dirname, 'open-sockets.pl')
  return [script, ports['http-port'], ports['https-port'], ...interfaces, '--', ...program]
}

/** Opens every port once and lets go of it. Throws a Refusal that names the first one that another program has. */
export async function refuseTakenPorts(ports: Ports, interfaces: string[]): Promise<void> {
  const { status, stderr } = spawnSync('/usr/bin/perl', openSockets(ports, interfaces, ['/bin/true']), {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Refusal(stderr.trim().replace(/^eims: /, ''))
  await refuseTaken('127.0.0.1', 'admin-port', ports)
  if (Number(ports['admin-https-port']) !== 0) await refuseTaken('0.0.0.0', 'admin-https-port', ports)
}

async function refuseTaken(host: string, flag: PortFlag, ports: Ports): Promise<void> {
  const server = createServer()
  try {
    await once(server.listen(Number(ports[flag]), host), 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'is taken (ss -lntp shows by whom)' : `cannot be opened (${message})`
    throw new Refusal(
      `TCP port ${ports[flag]} on ${host} ${why}; stop that program, or choose another port with --${flag}`,
    )
  }
  server.close()
  await once(server, 'close')
}
