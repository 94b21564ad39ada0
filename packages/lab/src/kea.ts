import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchDebianTree, fromTree } from './debian-tree.ts'
import { absentIsEmpty, type Lease, type SiteDhcp, type SiteDhcpOptions, siteDhcpOf } from './site-dhcp.ts'
import { untilSays } from './until-says.ts'

/**
 * Kea's configuration: addresses .100 to .200 of each subnet, and about booting what `recipe` says. Pure.
 * @param subnets first three numbers of /24s; the first is the server's own, to the others leads a relay at .1
 * @param recipe  JSON, `{ "Dhcp4": { … } }`
 */
export function keaConfiguration(
  networkInterface: string,
  subnets: readonly string[],
  leaseFile: string,
  recipe = '{ "Dhcp4": {} }',
) {
  return {
    Dhcp4: {
      ...(JSON.parse(recipe) as { Dhcp4: object }).Dhcp4,
      'interfaces-config': { interfaces: [networkInterface] },
      'lease-database': { type: 'memfile', persist: true, name: leaseFile, 'lfc-interval': 0 },
      'valid-lifetime': 3600,
      authoritative: true,
      subnet4: subnets.map((subnet, i) => ({
        id: i + 1,
        subnet: `${subnet}.0/24`,
        pools: [{ pool: `${subnet}.100 - ${subnet}.200` }],
        ...(i > 0 ? { 'option-data': [{ name: 'routers', data: `${subnet}.1` }] } : {}),
      })),
      loggers: [{ name: 'kea-dhcp4', severity: 'INFO', 'output-options': [{ output: 'stderr' }] }],
    },
  }
}

/** Reads Kea's lease file: CSV with a head, a line for each change; the newest last. Given-back ones are left out. Pure. */
export function parseKeaLeases(text: string): Lease[] {
  const rows = text.split('\n').map((line) => line.split(','))
  const column = (name: string) => rows[0]!.indexOf(name)
  const [address, mac, lifetime, expire, hostname] = ['address', 'hwaddr', 'valid_lifetime', 'expire', 'hostname'].map(
    column,
  )
  return rows
    .slice(1)
    .filter((row) => row.length > 1 && row[lifetime!] !== '0')
    .map((row) => ({
      expires: Number(row[expire!]),
      mac: row[mac!]!,
      address: row[address!]!,
      ...(row[hostname!] ? { hostname: row[hostname!]! } : {}),
    }))
}

/**
 * Starts ISC's Kea as the site's own DHCP server, as `startSiteDhcp` starts dnsmasq. Debian 13's, unpacked below
 * `cacheDir`: its package would start a daemon.
 */
export async function startKea(options: SiteDhcpOptions & { cacheDir: string }): Promise<SiteDhcp> {
  const { segment, dir, cacheDir } = options
  const tree = await fetchDebianTree({
    cacheDir,
    name: 'kea-trixie',
    release: 'trixie',
    packages: ['kea-dhcp4-server'],
    withDependencies: true,
  })
  const leaseFile = join(dir, `${segment.bridge}.leases.csv`)
  const configuration = join(dir, 'kea-dhcp4.json')
  const subnets = [segment.subnet, ...(options.relayed ?? [])]
  const written = keaConfiguration(segment.neighbourInterface, subnets, leaseFile, options.recipe)
  await writeFile(configuration, JSON.stringify(written))
  // its process id and its locks; the places compiled into it are the system's
  const folders = ['KEA_PIDFILE_DIR', 'KEA_LOCKFILE_DIR', 'KEA_DHCP_DATA_DIR'].map((name) => `${name}=${dir}`)
  const command = [...folders, ...fromTree(tree, 'usr/sbin/kea-dhcp4'), '-c', configuration]
  const child = segment.neighbour.spawn('env', command, { stdio: ['ignore', 'ignore', 'pipe'] })
  await untilSays('kea-dhcp4', child, ['DHCP4_STARTED'], createWriteStream(join(dir, 'kea.log')))
  const leases = async () => parseKeaLeases(await readFile(leaseFile, 'utf8').catch(absentIsEmpty))
  return siteDhcpOf(child, leases)
}
