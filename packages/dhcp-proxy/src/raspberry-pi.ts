import type { Client } from './client.ts'

/** Number in option 93 by which a Raspberry Pi's boot ROM ought to call itself ("rpiboot"). */
export const RASPBERRY_PI_BOOT = 41

/** First three bytes of the addresses of Raspberry Pi's NICs (IEEE registry: Foundation and Trading). */
const RASPBERRY_PI_MACS = new Set(['b8:27:eb', 'dc:a6:32', 'e4:5f:01', '28:cd:c1', 'd8:3a:dd', '2c:cf:67', '88:a2:9e'])

const X86_BIOS = 0

/**
 * Whether the boot ROM of a Raspberry Pi speaks. All models up to the 5 say `PXEClient:Arch:00000:UNDI:002001` and
 * architecture 0, as an x86 BIOS does, so only the address tells them. UEFI or iPXE on a Pi says 11, and is none.
 */
export function isRaspberryPi({ archs, mac, ipxe, kind }: Client): boolean {
  if (ipxe !== null || kind !== 'pxe') return false
  const code = archs[0]
  return code === RASPBERRY_PI_BOOT || (code === X86_BIOS && RASPBERRY_PI_MACS.has(mac.slice(0, 8)))
}
