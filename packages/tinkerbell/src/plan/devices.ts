import { CHOSEN } from '@eims/contracts'

/** A device of a template: the disk, and of it a partition (0: the disk itself). */
export interface Device {
  /** `/dev/chosen`, or as the template names it */
  disk: string
  partition: number
}

const KERNEL_NAMES = [
  new RegExp(`^(${CHOSEN})(?:p?(\\d{1,3}))?$`),
  /^(\/dev\/(?:s|v|xv|h)d[a-z]{1,3})(\d{1,3})?$/,
  /^(\/dev\/(?:nvme\d+n\d+|mmcblk\d+|nbd\d+|loop\d+))(?:p(\d{1,3}))?$/,
  /^(\/dev\/disk\/by-(?:id|path)\/.+?)(?:-part(\d{1,3}))?$/,
]

/**
 * PURE: what a template means by a device.
 * @returns null for what is neither a disk nor a partition of one by its name: volumes of LVM, RAID, labels
 */
export function deviceOf(text: string): Device | null {
  for (const pattern of KERNEL_NAMES) {
    const [, disk, number] = pattern.exec(text) ?? []
    if (disk !== undefined) return { disk, partition: Number(number ?? 0) }
  }
  return null
}
