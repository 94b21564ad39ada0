import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Refusal } from '../refusal.ts'
import { makeBootFiles } from '../up/boot-files.ts'
import { interfacesToServe, interfacesWithLink } from '../up/interfaces.ts'
import { placesOf } from '../up/places.ts'
import { openSockets, refuseTakenPorts } from '../up/ports.ts'
import type { Verb } from '../verb.ts'

const LOG_LEVELS = ['error', 'warn', 'info', 'debug']

const port = (name: string, value: string): string => {
  if (!/^\d{1,5}$/.test(value) || Number(value) < 1 || Number(value) > 65_535)
    throw new Refusal(`--${name} must be a port number from 1 to 65535, not "${value}"`, 2)
  return value
}

export const up: Verb = {
  name: 'up',
  summary: 'start the service on this machine',
  help: `usage: ./eims up [--interface IF]... [OPTIONS]

Serves the bench LAN behind each interface: ProxyDHCP (UDP 67, 4011), TFTP (UDP 69) and HTTP. It never hands out
addresses: the LAN's own DHCP server does. Nothing heard on another interface is answered.

  --interface IF    an interface of the bench LAN, with a fixed IPv4 address; may be repeated.
                    Without it the only interface that has one is taken.
  --data DIR        where the registry and the images live (default /var/lib/eims, or EIMS_DATA)
  --http-port N     the machines' port (default 7480)
  --admin-port N    the administrator's port on 127.0.0.1 (default 7481)
  --log-level L     error, warn, info (default) or debug
  --firmware DIR    files that drivers ask for, laid out as /lib/firmware; they go into the Micro-OS

EIMS_DATABASE_URL=postgresql://... uses that PostgreSQL instead of the embedded one.
`,
  async run(argv, env) {
    const { values } = parseArgs({
      args: argv,
      options: {
        interface: { type: 'string', multiple: true },
        data: { type: 'string' },
        'http-port': { type: 'string' },
        'admin-port': { type: 'string' },
        'log-level': { type: 'string' },
        firmware: { type: 'string' },
      },
    })
    if (process.getuid?.() !== 0) throw new Refusal('must be root to open the DHCP and TFTP ports; run: sudo ./eims up')
    const httpPort = port('http-port', values['http-port'] ?? '7480')
    const adminPort = port('admin-port', values['admin-port'] ?? '7481')
    if (Number(httpPort) === Number(adminPort))
      throw new Refusal(`--http-port and --admin-port are both ${httpPort}; they must differ`, 2)
    const logLevel = values['log-level'] ?? env.EIMS_LOG_LEVEL ?? 'info'
    if (!LOG_LEVELS.includes(logLevel))
      throw new Refusal(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not "${logLevel}"`, 2)
    refuseUnusable(env.EIMS_DATABASE_URL)
    const asked = values.interface ?? []
    const interfaces = interfacesToServe(asked, await interfacesWithLink(asked))
    const dataDir = dataDirectory(resolve(values.data ?? env.EIMS_DATA ?? '/var/lib/eims'))
    await refuseTakenPorts({ http: httpPort, admin: adminPort, interfaces })
    const { root, cacheDir } = placesOf(env)
    makeBootFiles({ root, cacheDir, firmwareDir: values.firmware ? resolve(values.firmware) : undefined })
    // One process from here on: perl opens the device-bound sockets and becomes the service.
    const settings = ['--data', dataDir, '--artifacts', join(cacheDir, 'artifacts'), '--log-level', logLevel]
    const ports = ['--http-port', httpPort, '--admin-port', adminPort]
    const service = [process.execPath, join(root, 'apps/server/src/main.ts'), ...settings, ...ports]
    process.execve?.('/usr/bin/perl', ['perl', ...openSockets(httpPort, interfaces, service)], env)
  },
}

/** Only its form: whether the server answers shows when the service starts. The address holds a password: never print it. */
function refuseUnusable(databaseUrl: string | undefined): void {
  if (databaseUrl && !(/^postgres(ql)?:\/\//.test(databaseUrl) && URL.canParse(databaseUrl)))
    throw new Refusal(
      'EIMS_DATABASE_URL is no address of a PostgreSQL server; write postgresql://USER:PASSWORD@HOST:5432/DATABASE, or unset it for the embedded one',
    )
}

function dataDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 })
    return path
  } catch (error) {
    throw new Refusal(
      `the data directory ${path} cannot be made: ${(error as Error).message}; choose another with --data`,
    )
  }
}
