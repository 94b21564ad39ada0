import { holdsMagic, isInUse, magics, readMbrEntries } from '@eims/contracts'

/** Bytes of a file's start that show what kind of ISO it is. */
export const ISO_HEAD = 34 * 1024

/** ECMA-119 section 8.1: the first volume descriptor, behind 32 KiB that are the system's. */
const volume = magics.filter(({ name }) => name === 'iso9660')

export const isIso = (head: Buffer): boolean => volume.some((magic) => holdsMagic(head, magic))

/** Whether an ISO starts from a disk too (isohybrid): what is the system's holds a partition table for such firmware. */
export const isHybrid = (head: Buffer): boolean =>
  isIso(head) && (readMbrEntries(head.subarray(0, 512))?.some(isInUse) ?? false)
