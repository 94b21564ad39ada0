import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Lan, Wire } from './lan.ts'
import { endProcess, type Namespace } from './namespace.ts'
import { dnsmasqAlone } from './site-dhcp.ts'
import { untilSays } from './until-says.ts'

interface RoutedLanOptions {
  lan: Lan
  /** first three numbers of the further LAN's /24 */
  subnet: string
  /** existing directory for the relay's log */
  dir: string
}

interface RoutedLan extends Wire, AsyncDisposable {
  /** the router's address on the further LAN: the relay agent's (giaddr), and the machines' gateway */
  gateway: string
  router: Namespace
}

/**
 * A LAN that the service's machine is not on: a router leads to it and relays DHCP to the site's server and to the
 * service.
 *
 *     br0 192.168.77.0/24 ── .3 router, dnsmasq --dhcp-relay ── .1 lan0 <subnet>.0/24 ── machines' taps
 */
export async function startRoutedLan({ lan, subnet, dir }: RoutedLanOptions): Promise<RoutedLan> {
  const { bench } = lan
  const [uplink, gateway] = [`${bench.subnet}.3`, `${subnet}.1`]
  const router = await lan.addNamespace('router')
  await lan.service.ip('link', 'add', 'router0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', router.name)
  await lan.service.ip('link', 'set', 'router0', 'master', bench.bridge, 'up')
  await router.ip('addr', 'add', `${uplink}/24`, 'dev', 'eth0')
  await router.ip('link', 'set', 'eth0', 'up')
  await router.ip('link', 'add', 'lan0', 'type', 'bridge', 'stp_state', '0', 'mcast_snooping', '0')
  await router.ip('addr', 'add', `${gateway}/24`, 'dev', 'lan0')
  await router.ip('link', 'set', 'lan0', 'up')
  await router.exec('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
  for (const host of [lan.service, lan.site]) await host.ip('route', 'add', `${subnet}.0/24`, 'via', uplink)

  const relay = router.spawn('dnsmasq', relayArguments(gateway, [bench.neighbourAddress, bench.serviceAddress]), {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await untilSays('dnsmasq as a relay', relay, ['DHCP relay from'], createWriteStream(join(dir, 'relay.log')))
  const stop = () => endProcess(relay)
  return { home: router, bridge: 'lan0', gateway, router, [Symbol.asyncDispose]: stop }
}

/** dnsmasq's command line as a relay agent and nothing else. Pure. */
function relayArguments(local: string, servers: readonly string[]): string[] {
  return [...dnsmasqAlone(), ...servers.map((server) => `--dhcp-relay=${local},${server}`)]
}
