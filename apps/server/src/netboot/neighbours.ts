import { readFileSync } from 'node:fs'
import { NewestMap } from '../newest-map.ts'

/** The kernel's table of the LAN's neighbours: TFTP and HTTP see an address and want to know whose it is. */
interface Neighbours {
  /** MAC of the machine that has this IPv4 address, `52:54:00:aa:00:01`, or null. Synchronous: a file of the kernel. */
  macOf: (address: string) => string | null
}

/** A machine that sends us something asked for our MAC just before, so it stands in the table. */
const FRESH_MS = 500
/** How many addresses, the latest, are remembered as looked for in vain. */
const MISSED = 1024

/** @param now milliseconds on a clock that never goes back; @param read gives the text of /proc/net/arp */
export function readNeighbours(
  now = () => performance.now(),
  read = () => readFileSync('/proc/net/arp', 'latin1'),
): Neighbours {
  let table = new Map<string, string>()
  let readAt = Number.NEGATIVE_INFINITY
  const missedAt = new NewestMap<string, number>(MISSED)

  return {
    macOf(address) {
      const at = now()
      const isFresh = (since = Number.NEGATIVE_INFINITY) => at - since < FRESH_MS
      if (!isFresh(readAt) || !(table.has(address) || isFresh(missedAt.get(address)))) {
        try {
          table = parseArp(read())
          readAt = at
        } catch {
          return null // no Linux, or /proc is not mounted: then nobody is known
        }
        if (!table.has(address)) missedAt.set(address, at)
      }
      return table.get(address) ?? null
    },
  }
}

/** `/proc/net/arp` (proc_net(5)) as address -> MAC. Incomplete entries (flags 0x0) are left out. */
export function parseArp(text: string): Map<string, string> {
  const table = new Map<string, string>()
  for (const line of text.split('\n').slice(1)) {
    const [address, , flags, mac] = line.trim().split(/\s+/)
    if (address && mac && flags !== '0x0' && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac) && !/^[0:]+$/.test(mac))
      table.set(address, mac.toLowerCase())
  }
  return table
}
