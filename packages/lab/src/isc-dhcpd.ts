import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchDebianTree, fromTree } from './debian-tree.ts'
import { endProcess } from './namespace.ts'
import type { SiteDhcp, SiteDhcpOptions } from './site-dhcp.ts'
import { untilSays } from './until-says.ts'

/** dhcpd's configuration: addresses .100 to .200, and about booting what `recipe` says. Pure. */
function dhcpdConfiguration(subnet: string, recipe = ''): string {
  return `authoritative;
default-lease-time 3600;
subnet ${subnet}.0 netmask 255.255.255.0 { range ${subnet}.100 ${subnet}.200; }
${recipe}
`
}

/**
 * Starts ISC's dhcpd as the site's own DHCP server, as `startSiteDhcp` starts dnsmasq. Debian 13's, unpacked below
 * `cacheDir`: its package would start a daemon.
 */
export async function startIscDhcpd(
  options: Pick<SiteDhcpOptions, 'segment' | 'dir' | 'recipe'> & { cacheDir: string },
): Promise<Pick<SiteDhcp, 'stop' | typeof Symbol.asyncDispose>> {
  const { segment, dir, cacheDir, recipe } = options
  const tree = await fetchDebianTree({
    cacheDir,
    name: 'isc-dhcpd-trixie',
    release: 'trixie',
    packages: ['isc-dhcp-server'],
    withDependencies: true,
  })
  const [configuration, leases] = ['dhcpd.conf', 'dhcpd.leases'].map((name) => join(dir, `${segment.bridge}.${name}`))
  await writeFile(configuration!, dhcpdConfiguration(segment.subnet, recipe))
  await writeFile(leases!, '') // it makes none
  const command = [...fromTree(tree, 'usr/sbin/dhcpd'), '-4', '-f', '-d', '--no-pid']
  const files = ['-cf', configuration!, '-lf', leases!]
  const [program, ...args] = [...command, ...files, segment.neighbourInterface]
  const child = segment.neighbour.spawn(program!, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const log = createWriteStream(join(dir, `${segment.bridge}.dhcpd.log`))
  await untilSays('dhcpd', child, ['Server starting service'], log)
  const stop = () => endProcess(child)
  return { stop, [Symbol.asyncDispose]: stop }
}
