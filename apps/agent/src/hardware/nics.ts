import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Nic } from '@eims/contracts'
import { attribute } from './smbios.ts'

/**
 * Ethernet ports of this machine. `lo`, bridges and tunnels have no device behind them; InfiniBand's
 * 20-byte addresses are no MACs; neither is listed.
 */
export function readNics(sysRoot: string, bootMac: string | null): Nic[] {
  const root = join(sysRoot, 'class/net')
  if (!existsSync(root)) return []
  return readdirSync(root)
    .sort()
    .flatMap((name): Nic[] => {
      const mac = attribute(root, name, 'address')?.toLowerCase()
      if (!mac || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) || mac === '00:00:00:00:00:00') return []
      if (!existsSync(join(root, name, 'device'))) return []
      const speed = Number(attribute(root, name, 'speed') ?? -1)
      return [
        {
          name,
          mac,
          driver: driverOf(join(root, name, 'device/driver')),
          link: attribute(root, name, 'carrier') === '1',
          speed: Number.isInteger(speed) && speed > 0 ? speed : null,
          boot: mac === bootMac?.toLowerCase(),
        },
      ]
    })
    .slice(0, 64)
}

function driverOf(link: string): string | null {
  try {
    return basename(realpathSync(link))
  } catch {
    return null
  }
}
