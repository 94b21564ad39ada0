import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { type ServerNames, type Signed, sameKey } from './sign.ts'

const MARGIN_DAYS = 30
/** A host with containers may have hundreds of addresses; machines reach it by the first few. */
const ADDRESSES = 64

/** What machines and people call this server: its addresses (`served` first), its host name, and this machine itself. */
export function namesOf(
  served: string[],
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
  hostname: string,
): ServerNames {
  const others = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
  const named = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(hostname) && isIP(hostname) === 0
  return {
    hosts: [...new Set([...(named ? [hostname.toLowerCase()] : []), 'localhost'])],
    addresses: [...new Set([...served, ...others])].slice(0, ADDRESSES).concat('127.0.0.1'),
  }
}

/** Whether a CA vouches for a certificate. */
export const isBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey)

/** Why a server's certificate is not to be used (any longer), or null. `now` in milliseconds since 1970. */
export function staleness(leaf: Signed, ca: string, { hosts, addresses }: ServerNames, now: number): string | null {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(leaf.certificate)
    if (!sameKey(certificate, leaf.key)) return 'its key is another one'
  } catch {
    return 'it cannot be read'
  }
  const authority = new X509Certificate(ca)
  if (!isBy(certificate, authority)) return 'the CA is another one'
  const days = (certificate.validToDate.getTime() - now) / 86_400_000
  if (days < Math.min(MARGIN_DAYS, (authority.validToDate.getTime() - now) / 86_400_000 - 1))
    return days < 0 ? 'it has expired' : `it expires in ${Math.floor(days)} days`
  const missing = [
    ...addresses.filter((address) => certificate.checkIP(address) === undefined),
    ...hosts.filter((host) => certificate.checkHost(host) === undefined),
  ]
  return missing.length > 0 ? `it does not name ${missing.join(', ')}` : null
}
