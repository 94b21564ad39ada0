import { readFileSync } from 'node:fs'

const ETHERNET = 1500

/** The MTU of an interface in bytes, as the kernel says it now; Ethernet's where it says nothing. */
export function mtuOf(name: string): number {
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'latin1'))
    return Number.isInteger(mtu) && mtu >= 68 ? mtu : ETHERNET
  } catch {
    return ETHERNET
  }
}
