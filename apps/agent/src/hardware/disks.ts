import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Disk } from '@eims/contracts'
import { type Machine, nodeOf } from '../machine.ts'
import { PROBE_BYTES, recognise } from './disk-content.ts'
import { attribute } from './smbios.ts'

/** No disks to install on: loops, RAM, optical drives, floppies, network disks, and the boot and replay areas of an eMMC. */
const noDisk = /^(loop|ram|zram|sr|md|dm-|fd|nbd|rbd|mtdblock|zd|drbd|bcache)\d|^mmcblk\d+(boot\d+|rpmb|gp\d+)$/

/** A disk as sysfs tells of it. */
export type DiskFacts = Omit<Disk, 'content'>

/** The machine's disks with what lies on them. A disk that cannot be read counts as not blank. */
export async function readDisks(machine: Machine): Promise<Disk[]> {
  const disks: Disk[] = []
  for (const facts of readDiskFacts(machine.sysRoot)) disks.push({ ...facts, content: await probe(machine, facts) })
  return disks
}

/** The same from sysfs alone, without touching a disk. */
export function readDiskFacts(sysRoot: string): DiskFacts[] {
  const root = join(sysRoot, 'block')
  if (!existsSync(root)) return []
  return readdirSync(root)
    .filter((name) => !noDisk.test(name))
    .sort()
    .flatMap((name) => {
      const dir = join(root, name)
      const path = realpathSync(dir)
      // Multipath NVMe: the disk stands under /devices/virtual/nvme-subsystem, each path to it is hidden.
      if (path.includes('/devices/virtual/') && !path.includes('/nvme-subsystem/')) return []
      if (attribute(dir, 'hidden') === '1') return []
      return [factsOf(name, dir, path)]
    })
    .slice(0, 256)
}

function factsOf(name: string, dir: string, path: string): DiskFacts {
  return {
    path: `/dev/${name}`,
    // always in units of 512 bytes, whatever the disk's sector size (Documentation/ABI/stable/sysfs-block)
    size: Number(attribute(dir, 'size') ?? 0) * 512,
    sectorSize: Number(attribute(dir, 'queue/logical_block_size') ?? 512),
    transport: transportOf(name, path),
    // the slot of an SD card says that it is fixed; only the card tells SD from eMMC (drivers/mmc/core/bus.c)
    removable:
      attribute(dir, 'removable') === '1' || (name.startsWith('mmcblk') && attribute(dir, 'device/type') === 'SD'),
    readOnly: attribute(dir, 'ro') === '1',
    model: label(attribute(dir, 'device/model') ?? attribute(dir, 'device/name')),
    serial: label(attribute(dir, 'serial') ?? attribute(dir, 'device/serial') ?? unitSerial(dir)),
    wwn: label(attribute(dir, 'wwid') ?? attribute(dir, 'device/wwid')),
  }
}

function transportOf(name: string, path: string): Disk['transport'] {
  if (/\/usb\d+\//.test(path)) return 'usb'
  if (name.startsWith('nvme')) return 'nvme'
  if (name.startsWith('mmcblk')) return 'mmc'
  if (/\/ata\d+\//.test(path)) return 'ata'
  if (/\/host\d+\//.test(path)) return 'scsi'
  return /\/virtio\d+\//.test(path) ? 'virtio' : 'unknown'
}

/** SPC-4 section 7.8.15: page 0x80 is 4 bytes of header, the last two its length, and the serial in ASCII. */
function unitSerial(dir: string): string | null {
  try {
    const page = readFileSync(join(dir, 'device/vpd_pg80'))
    return page.toString('latin1', 4, 4 + page.readUInt16BE(2))
  } catch {
    return null
  }
}

function label(text: string | null): string | null {
  const clean = text
    ?.replace(/[^\x20-\x7e]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 256)
  return clean ? clean : null
}

async function probe(machine: Machine, { path, size }: DiskFacts): Promise<Disk['content']> {
  // a card reader without a card
  if (size === 0) return { blank: true, found: null }
  try {
    await using disk = await machine.openDisk(nodeOf(machine, path), 'read')
    const length = Math.min(size, PROBE_BYTES)
    return recognise({ head: await disk.read(0, length), tail: await disk.read(size - length, length), size })
  } catch {
    return { blank: false, found: 'unreadable' }
  }
}
