import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { attribute } from './smbios.ts'

/**
 * Where a disk is plugged in, as udev names it in /dev/disk/by-path (systemd, udev-builtin-path_id.c). The Micro-OS has
 * no udev, so it is made of what sysfs shows. The numbers of hosts and ATA links go by the order in which drivers came
 * up, so they are counted from the first of their controller.
 * @param device the disk's directory in sysfs, with no links in it
 * @returns e.g. `pci-0000:00:1f.2-ata-1`, or null on a bus that is neither PCI nor a platform's
 */
export function busPathOf(device: string): string | null {
  const path = throughSubsystem(device)
  const parts = path.split('/')
  const at = (pattern: RegExp) => parts.findLastIndex((part) => pattern.test(part))
  const pci = at(/^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i)
  const platform = parts.indexOf('platform')
  const bus = pci >= 0 ? `pci-${parts[pci]}` : platform >= 0 ? `platform-${parts[platform + 1]}` : null
  if (bus === null) return null
  return [bus, usbPort(parts), unit(parts)].filter(Boolean).join('-')
}

/** NVMe with multipath: the disk hangs below its subsystem, which links to the controller, when there is one only. */
function throughSubsystem(device: string): string {
  if (!device.includes('/nvme-subsystem/')) return device
  const subsystem = dirname(device)
  const controllers = readdirSync(subsystem).filter((name) => /^nvme\d+$/.test(name))
  const [only, second] = controllers
  return only && !second ? join(realpathSync(join(subsystem, only)), device.split('/').at(-1) ?? '') : device
}

function usbPort(parts: string[]): string | null {
  const port = parts.findLast((part) => /^\d+-[\d.]+:\d+\.\d+$/.test(part))
  return port ? `usb-0:${port.replace(/^\d+-/, '')}` : null
}

function unit(parts: string[]): string | null {
  const namespace = /^nvme\d+(?:c\d+)?n(\d+)$/.exec(parts.at(-1) ?? '')
  if (namespace) return `nvme-${namespace[1]}`
  const address = parts.findLast((part) => /^\d+:\d+:\d+:\d+$/.test(part))
  if (!address) return null
  const [host, channel, target, lun] = address.split(':').map(Number) as [number, number, number, number]
  const link = parts.findIndex((part) => /^ata\d+$/.test(part))
  if (link >= 0) {
    const port = attribute(parts.slice(0, link + 1).join('/'), 'ata_port', parts[link] ?? '', 'port_no')
    const nth = port ?? String(1 + Number(parts[link]?.slice(3)) - firstOf(parts.slice(0, link).join('/'), 'ata'))
    return target === 0 ? `ata-${nth}` : `ata-${nth}.${target}`
  }
  const above = parts.slice(0, parts.indexOf(`host${host}`)).join('/')
  return `scsi-${host - firstOf(above, 'host')}:${channel}:${target}:${lun}`
}

/** The lowest number that a child of this name has. */
function firstOf(dir: string, name: string): number {
  const numbers = (existsSync(dir) ? readdirSync(dir) : []).flatMap((entry) => {
    const number = new RegExp(`^${name}(\\d+)$`).exec(entry)?.[1]
    return number === undefined ? [] : [Number(number)]
  })
  return Math.min(...numbers)
}
