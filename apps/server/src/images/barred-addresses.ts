import { BlockList, isIP } from 'node:net'

/** Loopback, the machine's own link, whoever listens to a group, and what was never given out; RFC 6890, RFC 5771, RFC 1112. */
const ipv4: [string, number][] = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // metadata services of clouds that are not link-local: Alibaba, Azure, Oracle
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
]

const ipv6: [string, number][] = [
  // unspecified, loopback, and the IPv4-compatible form of RFC 4291
  ['::', 96],
  // IPv4-translated (RFC 2765) and Teredo (RFC 4380): nobody serves images there
  ['::ffff:0:0:0', 96],
  ['2001::', 32],
  // NAT64 of a site's own (RFC 8215): where in it an IPv4 address stands is that site's choice
  ['64:ff9b:1::', 48],
  ['fe80::', 10],
  ['ff00::', 8],
  // metadata services: Amazon, Google
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
]

/**
 * Where the server never fetches from, whatever a URL, a redirect or a DNS answer says: loopback, its links, metadata
 * services, groups. Private networks are no part of it, nor are its own addresses in them. An IPv4-mapped address counts as the IPv4 address that it holds.
 */
export function barredAddresses(): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6')
  for (const [network, prefix] of ipv4) {
    list.addSubnet(network, prefix, 'ipv4')
    // what a NAT64 (RFC 6052) and a 6to4 relay (RFC 3056) would make of it
    list.addSubnet(`64:ff9b::${network}`, 96 + prefix, 'ipv6')
    list.addSubnet(`2002:${hextets(network)}::`, 16 + prefix, 'ipv6')
  }
  return list
}

const hextets = (address: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

/** Whether a URL itself names such an address, or `localhost`: so much is known before a proxy is asked for it. */
export function namesBarred({ hostname }: URL, barred: BlockList): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (/(^|\.)localhost$/i.test(host)) return barred.check('127.0.0.1')
  const family = isIP(host)
  return family !== 0 && barred.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
