import type { Site } from '@eims/contracts'
import type { Settings } from '@eims/dhcp-proxy'
import { urlFor } from '../urls.ts'

/** How machines of one LAN segment reach us over TLS. */
export interface TlsOnSegment {
  /** `https://…/boot.ipxe` */
  scriptUrl: string
  /** SHA-256 of the site's CA, 32 bytes */
  trust: Uint8Array
}

/**
 * What the ProxyDHCP of one LAN segment is told. A site that only needs the boot helper sends every iPXE to a script of
 * its own, whatever else is set.
 * @param base `http://192.168.77.1:7480`
 */
export function dhcpSettings(
  site: Site,
  segment: { address: string; base: string; tls: TlsOnSegment | null },
): Settings {
  const { address, base, tls } = segment
  const https = site.https ? tls : null
  return {
    serverAddress: address,
    scriptUrl: site.scriptUrl ?? urlFor(base, '/boot.ipxe'),
    httpsScriptUrl: site.scriptUrl === null && https ? https.scriptUrl : null,
    trust: https?.trust ?? null,
    plainHttp: site.plainHttp,
    httpBootUrl: urlFor(base, '/boot/ipxe/'),
    userClass: site.userClass,
    chainRomIpxe: site.chainRomIpxe,
    // A rule of a product holds for nodes, which the gate's facts know; the others hold for what a packet says.
    bootFiles: site.bootFiles
      .filter((rule) => rule.product === undefined)
      .map(({ architecture, vendorClass, file }) => ({
        ...(architecture === undefined ? {} : { architecture }),
        ...(vendorClass === undefined ? {} : { vendorClass }),
        file,
      })),
  }
}
