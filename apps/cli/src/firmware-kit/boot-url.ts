import type { Counters, Site } from '@eims/contracts'
import { Refusal } from '../refusal.ts'

/** GRUB, which Debian's shim starts, knows no TLS. */
const KNOWS_NO_TLS = /^(shim|grub)(x64|aa64)\.efi$/

interface Wanted {
  /** of the server that was asked; left out: the first that machines reach it by */
  interface?: string | undefined
  /** a boot file */
  file: string
  /** TCP port of the machines' HTTPS */
  httpsPort: number
  /** plain HTTP, whatever the site says */
  plain: boolean
}

/**
 * PURE: the address that firmware with UEFI HTTP boot is given (UEFI 2.11 section 24.7).
 * @throws Refusal where there is no such interface, or the site and the boot file do not go together
 */
export function bootUrl(
  { https, plainHttp }: Pick<Site, 'https' | 'plainHttp'>,
  interfaces: Counters['interfaces'],
  { interface: named, file, httpsPort, plain }: Wanted,
): string {
  const served = interfaces.find((each) => (named === undefined ? each.away === null : each.interface === named))
  if (!served) {
    const there = interfaces.map((each) => each.interface).join(', ') || 'none'
    throw new Refusal(
      named === undefined
        ? `no interface of this server is reached at the moment (${there}); name one with --interface`
        : `this server has no interface ${named}; there are: ${there}`,
      5,
    )
  }
  const inTheClear = new URL(`/boot/ipxe/${file}`, served.url).href
  if (plain || KNOWS_NO_TLS.test(file)) {
    if (https && plainHttp === 'refused')
      throw new Refusal(
        `this site refuses plain HTTP, and ${plain ? '--plain asks for it' : `${file} starts GRUB, which knows no TLS`}; see ./eims site set --plain-http`,
      )
    return inTheClear
  }
  if (!https)
    throw new Refusal(
      `this site boots by plain HTTP, for which firmware needs no CA: the address is ${inTheClear}. For a kit with that, give --plain; for HTTPS: ./eims site set --https on`,
    )
  const secure = new URL(inTheClear)
  secure.protocol = 'https:'
  secure.port = `${httpsPort}`
  return secure.href
}
