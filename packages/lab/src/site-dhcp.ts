import type { ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Segment } from './lan.ts'
import { endProcess } from './namespace.ts'
import { untilSays } from './until-says.ts'

/** One address that the site's DHCP server has given out. */
export interface Lease {
  /** seconds since 1970 */
  expires: number
  mac: string
  address: string
  hostname?: string
}

export interface SiteDhcpOptions {
  segment: Segment
  /** existing directory for the lease file and the log */
  dir: string
  /** look for the address on the LAN before it is offered, as sites do; delays each OFFER by 3 s. Default false */
  ping?: boolean
  /** first three numbers of further /24s that a relay asks for */
  relayed?: readonly string[]
  /** what it is to tell about booting, in its own language; default: nothing */
  recipe?: string
}

export interface SiteDhcp extends AsyncDisposable {
  /** all leases, the newest last */
  leases(): Promise<Lease[]>
  /** the newest address of a MAC (firmware and operating system may get different ones) */
  addressOf(mac: string): Promise<string | undefined>
  stop(): Promise<void>
}

/** Reads dnsmasq's lease file: `expires mac address hostname client-id`, a line each; the newest last. Pure. */
export function parseLeases(text: string): Lease[] {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields.length >= 4 && /^\d+$/.test(fields[0]!))
    .map(([expires, mac, address, hostname]) => ({
      expires: Number(expires),
      mac: mac!.toLowerCase(),
      address: address!,
      ...(hostname === '*' ? {} : { hostname: hostname! }),
    }))
    .sort((a, b) => a.expires - b.expires)
}

/** What makes dnsmasq a program of a test: in the foreground, without DNS and without the host's configuration. Pure. */
export const dnsmasqAlone = (configuration = '/dev/null'): string[] => [
  '--keep-in-foreground',
  `--conf-file=${configuration}`,
  '--log-facility=-',
  '--log-dhcp',
  '--user=root',
  '--pid-file=',
  '--port=0',
]

/** dnsmasq's command line: addresses .100 to .200, and about booting what stands in `recipeFile`. Pure. */
function dnsmasqArguments(
  segment: Segment,
  leaseFile: string,
  ping: boolean,
  relayed: readonly string[] = [],
  recipeFile = '/dev/null',
): string[] {
  return [
    ...dnsmasqAlone(recipeFile),
    '--bind-interfaces',
    `--interface=${segment.neighbourInterface}`,
    '--dhcp-authoritative',
    `--dhcp-range=${segment.subnet}.100,${segment.subnet}.200,1h`,
    // by its mask: no interface of this host tells it
    ...relayed.map((subnet) => `--dhcp-range=${subnet}.100,${subnet}.200,255.255.255.0,1h`),
    `--dhcp-leasefile=${leaseFile}`,
    ...(ping ? [] : ['--no-ping']),
  ]
}

/** Starts the site's own DHCP server in a segment's neighbour namespace; resolves when it listens. */
export async function startSiteDhcp(options: SiteDhcpOptions): Promise<SiteDhcp> {
  const { segment, dir } = options
  const leaseFile = join(dir, `${segment.bridge}.leases`)
  const recipeFile = join(dir, `${segment.bridge}.dnsmasq.conf`)
  await writeFile(recipeFile, options.recipe ?? '')
  const args = dnsmasqArguments(segment, leaseFile, options.ping ?? false, options.relayed, recipeFile)
  const child = segment.neighbour.spawn('dnsmasq', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  await untilSays('dnsmasq', child, ['sockets bound exclusively', 'DHCP, IP range'])
  const leases = async () => parseLeases(await readFile(leaseFile, 'utf8').catch(absentIsEmpty))
  return siteDhcpOf(child, leases)
}

/** A started DHCP server by its process and the leases that its file holds, the newest last. */
export function siteDhcpOf(child: ChildProcess, leases: SiteDhcp['leases']): SiteDhcp {
  const stop = () => endProcess(child)
  return {
    leases,
    addressOf: async (mac) => (await leases()).findLast((lease) => lease.mac === mac.toLowerCase())?.address,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** What a file that is not there yet holds. */
export function absentIsEmpty(cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ENOENT') return ''
  throw cause
}
