import { mkdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Refusal } from '../refusal.ts'
import { interfacesToServe } from '../up/interfaces.ts'
import type { Verb } from '../verbs.ts'

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
      },
    })
    if (process.getuid?.() !== 0) throw new Refusal('must be root to open the DHCP and TFTP ports; run: sudo ./eims up')
    const interfaces = interfacesToServe(values.interface ?? [], networkInterfaces())
    const httpPort = port('http-port', values['http-port'] ?? '7480')
    const dataDir = resolve(values.data ?? env.EIMS_DATA ?? '/var/lib/eims')
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o755 })
    } catch (error) {
      throw new Refusal(`the data directory ${dataDir} cannot be made: ${(error as Error).message}`)
    }
    const root = env.EIMS_ROOT ?? resolve(import.meta.dirname, '../../../..')
    // One process from here on: perl opens the device-bound sockets and becomes the service.
    process.execve?.(
      '/usr/bin/perl',
      [
        'perl',
        join(import.meta.dirname, '../up/open-sockets.pl'),
        httpPort,
        ...interfaces,
        '--',
        process.execPath,
        join(root, 'apps/server/src/main.ts'),
        ...['--data', dataDir, '--http-port', httpPort],
        ...(values['admin-port'] ? ['--admin-port', port('admin-port', values['admin-port'])] : []),
        ...(values['log-level'] ? ['--log-level', values['log-level']] : []),
      ],
      env,
    )
  },
}
