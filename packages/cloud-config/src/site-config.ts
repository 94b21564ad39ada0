export interface SiteInput {
  httpProxy: string | null
  noProxy: string | null
  ntpServers: string[]
  /** PEM, one or more certificates; the OS trusts them */
  orchestratorCa?: string | null
}

/** The part of a cloud-config that tells the OS the site's proxy. Without one it is empty. */
export function proxyConfig({ httpProxy, noProxy }: SiteInput) {
  if (!httpProxy) return {}
  const variables = { http_proxy: httpProxy, https_proxy: httpProxy, ...(noProxy ? { no_proxy: noProxy } : {}) }
  const lines = Object.entries(variables).flatMap(([name, value]) => [
    `${name}="${value}"`,
    `${name.toUpperCase()}="${value}"`,
  ])
  return {
    apt: { http_proxy: httpProxy, https_proxy: httpProxy },
    write_files: [{ path: '/etc/environment', append: true, content: `${lines.join('\n')}\n` }],
  }
}

/**
 * The part that tells the OS the site's time servers. Files for the clients that an image may carry, instead of
 * cloud-init's `ntp`, which installs a client when it finds none and so fails a unit on a site without a package mirror.
 */
export function ntpConfig({ ntpServers }: SiteInput) {
  if (ntpServers.length === 0) return {}
  return {
    write_files: [
      { path: '/etc/systemd/timesyncd.conf.d/50-site.conf', content: `[Time]\nNTP=${ntpServers.join(' ')}\n` },
      {
        path: '/etc/chrony/sources.d/site.sources',
        content: `${ntpServers.map((server) => `server ${server} iburst`).join('\n')}\n`,
      },
    ],
    runcmd: ['systemctl try-restart systemd-timesyncd.service chrony.service 2>/dev/null || true'],
  }
}
