import { isIPv4 } from 'node:net'
import type { Fn } from '../evaluate.ts'
import { Fault } from '../source.ts'
import { fn } from './define.ts'

/** Tinkerbell's own functions. */
export const disks: Record<string, Fn> = {
  /** A partition's device: `/dev/sda`, 1 → `/dev/sda1`; behind a digit with a `p`, below /dev/disk with `-part`. */
  formatPartition: fn('si', (disk, number) => {
    if (disk.startsWith('/dev/disk/')) return `${disk}-part${number}`
    return /\d$/.test(disk) ? `${disk}p${number}` : `${disk}${number}`
  }),
  /** `255.255.255.0` → `24`. */
  netmaskToPrefixLength: fn('s', (netmask) => {
    if (!isIPv4(netmask)) throw new Fault(`${JSON.stringify(netmask)} is no netmask (255.255.255.0)`)
    const bits = netmask
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
    if (!/^1*0*$/.test(bits)) throw new Fault(`${netmask} is no netmask: its ones are not at the front`)
    return String(bits.replaceAll('0', '').length)
  }),
}
