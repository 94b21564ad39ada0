import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Refusal } from '../refusal.ts'
import { USUAL_DATA } from '../running-services.ts'
import { makeBootFiles } from '../up/boot-files.ts'
import { imageArguments, imageFlags } from '../up/image-options.ts'
import { interfacesToServe, interfacesWithLink } from '../up/interfaces.ts'
import { tftpArguments, tftpFlags } from '../up/own-boot-files.ts'
import { placesOf, serviceProgram } from '../up/places.ts'
import { openSockets, portFlags, portOptions, portsOf, refuseTakenPorts } from '../up/service-ports.ts'
import { tlsArguments, tlsFlags } from '../up/tls-files.ts'
import type { Verb } from '../verb.ts'

const LOG_LEVELS = ['error', 'warn', 'info', 'debug']

export const up: Verb = {
  name: 'up',
  summary: 'start the service on this machine',
  help: `usage: ./eims up [--interface IF]... [OPTIONS]

Serves the bench LAN behind each interface: ProxyDHCP (UDP 67, 4011), TFTP (UDP 69) and HTTP. It never hands out
addresses: the LAN's own DHCP server does. Nothing heard on another interface is answered.

  --interface IF    an interface of the bench LAN, with a fixed IPv4 address; may be repeated.
                    Without it the only interface that has one is taken.
  --data DIR        where the registry and the images live (default /var/lib/eims, or EIMS_DATA)
  --http-port N     the machines' port (default ${portFlags['http-port']})
  --https-port N    the same over TLS (default ${portFlags['https-port']}); used once ./eims site set --https on
  --admin-port N    the administrator's port on 127.0.0.1 (default ${portFlags['admin-port']})
  --admin-https-port N  the administrator's port over TLS on every address (default ${portFlags['admin-https-port']}; 0 for none)
  --log-level L     error, warn, info (default) or debug
  --architecture A  makes the Micro-OS for arm64 machines too; may be repeated, and is remembered
  --firmware DIR    files that drivers ask for, laid out as /lib/firmware; they go into the Micro-OS
  --boot-files DIR  boot files of your own, a signed iPXE say; each goes before ours of the same name
  --image-folder DIR  images may be added by path from there (POST /api/v1/images); may be repeated. Without it by
                    sending the file or a URL only; ./eims images add sends whatever lies elsewhere
  --keep-free SIZE  what images leave free on the disk of --data, for the registry (default: 5 % of it, from 256 MB to
                    1 GB)
  --tftp-single-port  answer TFTP from port 69 only, for a firewall that passes nothing else

  --ca-cert FILE --ca-key FILE    a CA of your own (root, RSA, PEM) for the site instead of the one made at the first
                    start. Without the key every server needs a certificate by it:
  --tls-cert FILE --tls-key FILE  this server's certificate (PEM, with what leads to the CA) instead of its own one

EIMS_DATABASE_URL=postgresql://... uses that PostgreSQL instead of the embedded one.
`,
  async run(argv, env) {
    const { values } = parseArgs({
      args: argv,
      options: {
        interface: { type: 'string', multiple: true },
        data: { type: 'string' },
        ...portOptions,
        ...tlsFlags,
        ...tftpFlags,
        ...imageFlags,
        'log-level': { type: 'string' },
        architecture: { type: 'string', multiple: true },
        firmware: { type: 'string' },
      },
    })
    if (process.getuid?.() !== 0) throw new Refusal('must be root to open the DHCP and TFTP ports; run: sudo ./eims up')
    const ports = portsOf(values)
    const tls = tlsArguments(values)
    const tftp = tftpArguments(values)
    const images = imageArguments(values)
    const logLevel = values['log-level'] ?? env.EIMS_LOG_LEVEL ?? 'info'
    if (!LOG_LEVELS.includes(logLevel))
      throw new Refusal(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not "${logLevel}"`, 2)
    refuseUnusable(env.EIMS_DATABASE_URL)
    const asked = values.interface ?? []
    const interfaces = interfacesToServe(asked, await interfacesWithLink(asked))
    const dataDir = dataDirectory(resolve(values.data ?? env.EIMS_DATA ?? USUAL_DATA))
    await refuseTakenPorts(ports, interfaces)
    const { root, cacheDir } = placesOf(env)
    const artifacts = makeBootFiles({
      root,
      cacheDir,
      architectures: values.architecture,
      firmwareDir: values.firmware ? resolve(values.firmware) : undefined,
    })
    const settings = ['--data', dataDir, '--artifacts', artifacts, '--log-level', logLevel]
    const portArguments = Object.entries(ports).flatMap(([flag, port]) => [`--${flag}`, port])
    const service = [...serviceProgram(root), ...settings, ...portArguments, ...tls, ...tftp, ...images]
    // One process from here on: perl opens the device-bound sockets and becomes the service.
    process.execve?.('/usr/bin/perl', ['perl', ...openSockets(ports, interfaces, service)], env)
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
