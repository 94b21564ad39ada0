import type { BootFileRule } from '@eims/contracts'
import { matchesGlob } from '@eims/dhcp-proxy'

/** What a boot file rule looks at. `archs`: option 93; `vendorClass`: option 60. */
export interface RuledClient {
  archs: readonly number[]
  vendorClass: string
}

/**
 * The boot file that a node, or the site for its product, has instead of the usual one; null for none. Rules without a
 * product are not looked at: the ProxyDHCP knows them itself.
 */
export function ownBootFile(
  node: { bootFile: string | null; product: string | null } | null,
  rules: readonly BootFileRule[],
  client: RuledClient,
): string | null {
  if (!node) return null
  if (node.bootFile) return node.bootFile
  const holds = ({ product, architecture, vendorClass }: BootFileRule) =>
    product !== undefined &&
    node.product !== null &&
    matchesGlob(product.toLowerCase(), node.product.toLowerCase()) &&
    (architecture === undefined || client.archs.includes(architecture)) &&
    (vendorClass === undefined ||
      matchesGlob(vendorClass.includes('*') ? vendorClass : `${vendorClass}*`, client.vendorClass))
  return rules.find(holds)?.file ?? null
}
