import type { Nic } from '@eims/contracts'
import { parseDocument } from 'yaml'
import { isMap } from './merge.ts'

/** Linux's drivers of network adapters on USB, as docks have them (drivers/net/usb). */
const USB_DRIVERS = new Set(
  (
    'r8152 r8153_ecm ax88179_178a asix aqc111 cdc_ether cdc_ncm cdc_eem cdc_mbim cdc_subset rndis_host smsc75xx smsc95xx ' +
    'lan78xx dm9601 sr9700 sr9800 mcs7830 pegasus rtl8150 kaweth catc net1080 plusb huawei_cdc_ncm qmi_wwan ipheth'
  ).split(' '),
)

/**
 * The network config of a unit (NoCloud, version 2): DHCP on every NIC, found by MAC under whatever name the OS gives
 * it. Left to itself, cloud-init takes the first by name, cable or not. IPv6 comes by router advertisements; `dhcp6`
 * would make ifupdown wait a minute on every LAN without a DHCPv6 server.
 *
 * The NIC that the machine booted from has the best route, and is the one that the boot waits for: with all of them
 * optional, systemd-networkd-wait-online finds nothing to wait for and runs into its time limit (systemd issue 29388).
 * @returns null, so that cloud-init chooses for itself, when nothing is known but NICs that may be unplugged (USB)
 */
export function networkConfig(nics: readonly Nic[]) {
  const known = [...new Map(nics.map((nic) => [nic.mac.toLowerCase(), nic])).values()]
  if (known.every(isUsb)) return null
  const ranked = known.toSorted((one, other) => rank(one) - rank(other))
  return {
    version: 2,
    ethernets: Object.fromEntries(
      ranked.map((nic, at) => [
        `nic${at}`,
        {
          match: { macaddress: nic.mac.toLowerCase() },
          dhcp4: true,
          'dhcp4-overrides': { 'route-metric': 100 + 100 * at },
          ...(at === 0 ? {} : { optional: true }),
        },
      ]),
    ),
  }
}

const isUsb = ({ driver }: Nic) => driver !== null && USB_DRIVERS.has(driver)

/** Lower is better. */
const rank = (nic: Nic) => (nic.boot ? 0 : 4) + (isUsb(nic) ? 2 : 0) + (nic.link ? 0 : 1)

/** What is wrong with a profile's own network config, as a sentence that follows the field's name, or null. */
export function networkConfigFault(text: string): string | null {
  const document = parseDocument(text, { version: '1.1' })
  const [error] = document.errors
  if (error) return `is not valid YAML: ${error.message.split('\n')[0]}`
  let config: unknown
  try {
    config = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    return `is not valid YAML: ${cause instanceof Error ? cause.message : String(cause)}`
  }
  if (!isMap(config)) return 'must be a map: version and what belongs to it'
  if ('network' in config) return 'must not stand under network:, of which older cloud-init finds nothing in a seed'
  if (config.version !== 1 && config.version !== 2)
    return 'must say version: 2 (or 1); without a network no unit can report itself'
  if (config.version === 1 && !Array.isArray(config.config)) return 'of version 1 must have a list under config:'
  return null
}
