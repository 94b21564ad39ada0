import { z } from 'zod'
import { Architecture, Firmware } from './architecture.ts'
import { named } from './component.ts'
import { DiskRotation } from './disk-rule.ts'
import { Mac, SmbiosText } from './identity.ts'
import { Lockdown, SecureBootKeys } from './secure-boot.ts'

/** What lies on a disk as far as the interlock of design section 6 cares. */
const DiskContent = z.object({
  /** no partition table and no file system signature */
  blank: z.boolean(),
  /** e.g. `gpt`, `mbr`, `ext4`, `lvm2`, or null when blank */
  found: z.string().max(64).nullable(),
})

export const Disk = z.object({
  /** device node, e.g. `/dev/nvme0n1` */
  path: z.string().max(128),
  size: z.number().int().nonnegative(),
  sectorSize: z.number().int().positive(),
  transport: z.enum(['nvme', 'ata', 'scsi', 'virtio', 'usb', 'mmc', 'unknown']),
  removable: z.boolean(),
  readOnly: z.boolean(),
  model: z.string().max(256).nullable(),
  serial: z.string().max(256).nullable(),
  wwn: z.string().max(256).nullable(),
  /** where it is plugged in, as udev names it in /dev/disk/by-path; agents of earlier versions do not say */
  busPath: z.string().max(512).optional(),
  /** `hdd` turns; agents of earlier versions do not say */
  rotation: DiskRotation.optional(),
  content: DiskContent,
})
export type Disk = z.infer<typeof Disk>

export const Nic = z.object({
  name: z.string().max(64),
  mac: Mac,
  driver: z.string().max(64).nullable(),
  link: z.boolean(),
  /** megabits a second, or null when unknown */
  speed: z.number().int().nullable(),
  /** this machine's netboot came through it */
  boot: z.boolean(),
})
export type Nic = z.infer<typeof Nic>

/** The short inventory that the agent sends when it onboards. */
export const Inventory = z.object({
  architecture: Architecture,
  firmware: Firmware,
  /** null: the firmware has none */
  secureBoot: z.boolean().nullable(),
  /** null: no UEFI; agents of earlier versions do not say */
  secureBootKeys: SecureBootKeys.nullable().optional(),
  /** of the Micro-OS's kernel; null: it has none; agents of earlier versions do not say */
  lockdown: Lockdown.nullable().optional(),
  cpuModel: z.string().max(256).nullable(),
  cpuCount: z.number().int().positive().max(4096),
  memory: z.number().int().positive(),
  biosVendor: SmbiosText.nullable(),
  biosVersion: SmbiosText.nullable(),
  disks: z.array(Disk).max(256),
  nics: z.array(Nic).max(64),
  /** firmware files that a driver asked for and did not find */
  missingFirmware: z.array(z.string().max(256)).max(64).default([]),
})
export type Inventory = z.infer<typeof Inventory>

named({ Disk, DiskContent, Inventory, Nic })
