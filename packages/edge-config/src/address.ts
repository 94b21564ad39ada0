/** An IP address as a number of so many bits. */
export interface Address {
  bits: 32 | 128
  value: bigint
}

export interface Network extends Address {
  prefix: number
}

/** `192.168.1.2` or `2001:db8::2`; null for anything else, also for an octet with a leading zero, which some read as octal. */
export function parseAddress(text: string): Address | null {
  if (/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) {
    const octets = text.split('.').map(Number)
    return octets.some((octet) => octet > 255) ? null : { bits: 32, value: joined(octets, 8n) }
  }
  if (text.length > 45 || !/^[0-9a-f:.]+$/i.test(text)) return null
  // the URL standard's parser knows every form, and writes the shortest
  const host = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1)
  if (host === undefined) return null
  const [head = '', tail] = host.split('::')
  const groups = (part: string) => part.split(':').flatMap((group) => (group === '' ? [] : Number.parseInt(group, 16)))
  const [before, after] = [groups(head), groups(tail ?? '')]
  return { bits: 128, value: joined([...before, ...Array(8 - before.length - after.length).fill(0), ...after], 16n) }
}

const joined = (parts: number[], width: bigint): bigint =>
  parts.reduce((value, part) => (value << width) | BigInt(part), 0n)

/** `10.42.0.0/16`; null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [head = '', tail = '', ...more] = text.split('/')
  const address = parseAddress(head)
  if (!address || more.length > 0 || !/^\d{1,3}$/.test(tail) || Number(tail) > address.bits) return null
  return { ...address, prefix: Number(tail) }
}

/** `255.255.255.0` as 24; null when its ones do not stand in one row. */
export function prefixOf(netmask: string): number | null {
  const address = parseAddress(netmask)
  if (address?.bits !== 32) return null
  const ones = address.value.toString(2).padStart(32, '0')
  return /^1*0*$/.test(ones) ? ones.replace(/0/g, '').length : null
}

const begin = ({ bits, value, prefix }: Network) => value >> BigInt(bits - prefix)

export const isIn = (address: Address, network: Network): boolean =>
  address.bits === network.bits && begin({ ...address, prefix: network.prefix }) === begin(network)

/** Whether two networks have an address in common. */
export function overlap(one: Network, other: Network): boolean {
  const prefix = Math.min(one.prefix, other.prefix)
  return one.bits === other.bits && begin({ ...one, prefix }) === begin({ ...other, prefix })
}

/** Of an IPv4 network its first and last address, which no machine can have; /31 and /32 have none (RFC 3021). */
export function isReserved(address: Address, { bits, prefix }: Network): boolean {
  if (bits !== 32 || prefix >= 31) return false
  const host = address.value & ((1n << BigInt(32 - prefix)) - 1n)
  return host === 0n || host === (1n << BigInt(32 - prefix)) - 1n
}
