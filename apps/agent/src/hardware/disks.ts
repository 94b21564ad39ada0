import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Disk } from '@eims/contracts'
import type { BlockDevice } from '../disk/block-device.ts'
import { type Machine, nodeOf } from '../machine.ts'
import { busPathOf } from './bus-path.ts'
import { type DiskEnds, PROBE_BYTES, recognise } from './disk-content.ts'
import { attribute } from './smbios.ts'

/** No disks to install on: loops, RAM, optical drives, floppies, network disks, and the boot and replay areas of an eMMC. */
const noDisk = /^(loop|ram|zram|sr|md|dm-|fd|nbd|rbd|mtdblock|zd|drbd|bcache)\d|^mmcblk\d+(boot\d+|rpmb|gp\d+)$/

/** A disk as sysfs tells of it. */
export type DiskFacts = Omit<Disk, 'content'> & { busPath: string }

/** A disk with what lies on it. */
export type FoundDisk = Disk & DiskFacts

/** The machine's disks with what lies on them. A disk that cannot be read counts as not blank. */
export async function readDisks(machine: Machine): Promise<FoundDisk[]> {
  const disks: FoundDisk[] = []
  for (const facts of readDiskFacts(machine.sysRoot)) disks.push({ ...facts, content: await probe(machine, facts) })
  return disks
}

/** The same from sysfs alone, without touching a disk. */
export const readDiskFacts = (sysRoot: string): DiskFacts[] => factsWhere(sysRoot, (name) => !noDisk.test(name))

/** Optical drives, those that a management controller pretends to have among them; whether a medium is in is not known. */
export const readOpticalFacts = (sysRoot: string): DiskFacts[] => factsWhere(sysRoot, (name) => /^sr\d+$/.test(name))

function factsWhere(sysRoot: string, isWanted: (name: string) => boolean): DiskFacts[] {
  const root = join(sysRoot, 'block')
  if (!existsSync(root)) return []
  return readdirSync(root)
    .filter(isWanted)
    .sort()
    .flatMap((name) => {
      const dir = join(root, name)
      const path = realpathSync(dir)
      // Multipath NVMe: the disk stands under /devices/virtual/nvme-subsystem, each path to it is hidden.
      if (path.includes('/devices/virtual/') && !path.includes('/nvme-subsystem/')) return []
      if (attribute(dir, 'hidden') === '1') return []
      return [factsOf(name, dir, path, path.slice(realpathSync(sysRoot).length + 1))]
    })
    .slice(0, 256)
    .map(placed)
}

/** One controller can have two disks that its path does not tell apart (an eMMC and its neighbour): sysfs does. */
function placed(disk: DiskFacts & { device: string }, _nth: number, all: { busPath: string }[]): DiskFacts {
  const { device, ...facts } = disk
  const alone = all.filter(({ busPath }) => busPath === disk.busPath).length === 1
  return alone ? facts : { ...facts, busPath: device }
}

function factsOf(name: string, dir: string, path: string, device: string): DiskFacts & { device: string } {
  const turns = attribute(dir, 'queue/rotational')
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
    model: label(ataModel(dir) ?? attribute(dir, 'device/model') ?? attribute(dir, 'device/name')),
    serial: label(attribute(dir, 'serial') ?? attribute(dir, 'device/serial') ?? unitSerial(dir)),
    wwn: label(attribute(dir, 'wwid') ?? attribute(dir, 'device/wwid')),
    busPath: (busPathOf(path) ?? device).slice(0, 512),
    ...(turns === null ? {} : { rotation: turns === '1' ? 'hdd' : 'ssd' }),
    device: device.slice(0, 512),
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

/**
 * SCSI has room for 16 characters of a model, ATA for 40: words 27 to 46 of IDENTIFY, which page 0x89 (SAT-3 section
 * 12.4.2) has from byte 60 on, two bytes swapped.
 */
function ataModel(dir: string): string | null {
  try {
    return readFileSync(join(dir, 'device/vpd_pg89'))
      .subarray(60 + 54, 60 + 94)
      .swap16()
      .toString('latin1')
  } catch {
    return null
  }
}

/** Whether a disk speaks ATA, at a port of its own or behind a SAS controller, where SCSI's maker is the protocol. */
export const isAta = ({ sysRoot }: Pick<Machine, 'sysRoot'>, { path, transport }: DiskFacts): boolean =>
  transport === 'ata' ||
  (transport === 'scsi' && attribute(join(sysRoot, 'block', basename(path)), 'device/vendor')?.trim() === 'ATA')

function label(text: string | null): string | null {
  const clean = text
    ?.replace(/[^\x20-\x7e]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 256)
  return clean ? clean : null
}

/** What a probe looks at. */
export async function readEnds(disk: BlockDevice, size: number): Promise<DiskEnds> {
  const length = Math.min(size, PROBE_BYTES)
  return { head: await disk.read(0, length), tail: await disk.read(size - length, length), size }
}

async function probe(machine: Machine, { path, size }: DiskFacts): Promise<Disk['content']> {
  // a card reader without a card
  if (size === 0) return { blank: true, found: null }
  try {
    await using disk = await machine.openDisk(nodeOf(machine, path), 'read')
    return recognise(await readEnds(disk, size))
  } catch {
    return { blank: false, found: 'unreadable' }
  }
}
