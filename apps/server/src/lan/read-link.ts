import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Link } from './link.ts'

const IFF_UP = 1
/** RFC 791: every host takes datagrams of so many bytes. */
const LEAST_MTU = 68

/** Asks the kernel for an interface. Its addresses are unknown while it has no link, because Node lists running ones only. */
export function readLink(name: string, folder = '/sys/class/net'): Link {
  const read = (file: string) => {
    try {
      return readFileSync(join(folder, name, file), 'latin1').trim()
    } catch {
      return '' // it has gone meanwhile
    }
  }
  const [index, flags, mtu] = [Number(read('ifindex')), Number(read('flags')), Number(read('mtu'))]
  return {
    index: index > 0 ? index : null,
    // a driver that cannot tell says `unknown`
    state: (flags & IFF_UP) === 0 ? 'off' : /^(up|unknown)$/.test(read('operstate')) ? 'running' : 'no-link',
    addresses: (networkInterfaces()[name] ?? []).flatMap(({ family, address }) => (family === 'IPv4' ? [address] : [])),
    mtu: Number.isInteger(mtu) && mtu >= LEAST_MTU ? mtu : null,
  }
}
