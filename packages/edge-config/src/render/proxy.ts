import type { Cluster, ClusterNode } from '../kinds/kind.ts'
import type { OperatingSystem } from '../system/operating-system.ts'
import type { Facts } from './facts.ts'

/** The proxies of a unit, each an URL, and what it reaches without one. */
export interface Proxies {
  http?: string
  https?: string
  ftp?: string
  all?: string
  no: string
}

/** The addresses that a config-file gives to its unit; none while DHCP does. */
export const ownAddresses = ({ network }: OperatingSystem): string[] =>
  network?.address === undefined ? [] : [network.address.split('/')[0]!]

/** @returns null for a unit without a proxy */
export function proxiesOf(system: OperatingSystem, cluster: Cluster | null, facts: Facts): Proxies | null {
  const { proxy } = system
  const { siteProxy, nodeName } = facts
  const isNamed = Object.keys(proxy ?? {}).some((name) => name !== 'noProxy')
  if (!isNamed && !siteProxy) return null
  // a site has one for everything
  const { httpProxy, httpsProxy, ftpProxy, socksProxy } =
    isNamed && proxy ? proxy : { httpProxy: siteProxy?.httpProxy, httpsProxy: siteProxy?.httpProxy }
  const said = proxy?.noProxy ?? siteProxy?.noProxy?.split(',').map((part) => part.trim()) ?? []
  const own = ['localhost', '127.0.0.1', '::1', nodeName, ...ownAddresses(system)]
  const networks = cluster?.networks
  const theirs = networks ? [...`${networks.pods},${networks.services}`.split(','), '.svc', '.cluster.local'] : []
  return {
    ...(httpProxy === undefined ? {} : { http: httpProxy }),
    ...(httpsProxy === undefined ? {} : { https: httpsProxy }),
    ...(ftpProxy === undefined ? {} : { ftp: ftpProxy }),
    ...(socksProxy === undefined ? {} : { all: socksProxy }),
    no: [...new Set([...own, ...theirs, ...said].map((part) => part.trim()).filter(Boolean))].join(','),
  }
}

/** As environments name them, in both cases: curl asks for the lower one of http_proxy only, Java's tools for the upper. */
function variables({ http, https, ftp, all, no }: Proxies): [string, string][] {
  const named = { http_proxy: http, https_proxy: https, ftp_proxy: ftp, all_proxy: all, no_proxy: no }
  return Object.entries(named).flatMap(([name, value]) =>
    value === undefined
      ? []
      : ([
          [name, value],
          [name.toUpperCase(), value],
        ] as [string, string][]),
  )
}

/** systemd expands `%` in Environment=, as in `user%40corp` of an URL. */
const dropIn = (proxies: Proxies) =>
  `[Service]\n${variables(proxies)
    .map(([name, value]) => `Environment="${name}=${value.replaceAll('%', '%%')}"\n`)
    .join('')}`

/** Services with an environment of their own, which read no /etc/environment. */
const SERVICES = ['containerd', 'docker', 'k3s', 'k3s-agent']

/** The part of a cloud-config that tells the OS, its package manager, its container runtimes and K3s the proxies. */
export function proxyPart(proxies: Proxies | null, imageType: Facts['imageType']) {
  if (!proxies) return {}
  const lines = variables(proxies).map(([name, value]) => `${name}="${value}"\n`)
  const apt = { http_proxy: proxies.http, https_proxy: proxies.https, ftp_proxy: proxies.ftp }
  return {
    ...(imageType === 'mutable' ? { apt: defined(apt) } : {}),
    write_files: [
      { path: '/etc/environment', append: true, content: lines.join('') },
      ...SERVICES.map((service) => ({
        path: `/etc/systemd/system/${service}.service.d/50-site-proxy.conf`,
        content: dropIn(proxies),
      })),
    ],
    runcmd: ['systemctl daemon-reload; systemctl try-restart containerd.service docker.service 2>/dev/null || true'],
  }
}

export const clusterProxy = (proxies: Proxies | null): ClusterNode['proxy'] =>
  proxies && { httpProxy: proxies.http ?? '', httpsProxy: proxies.https ?? '', noProxy: proxies.no }

const defined = (values: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
