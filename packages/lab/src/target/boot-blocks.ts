/*
 * GRUB on a BIOS machine, as grub-setup leaves it on a disk with a BIOS boot partition:
 *
 *   sector 0      boot.img   440 bytes of code; at 0x5c the 64-bit LBA of core.img's first sector
 *   BIOS boot     core.img   its first sector (diskboot.img) reads the rest, by the block list that ends the sector:
 *                            at 0x1f4 { u64 start LBA, u16 sectors, u16 segment }
 *
 * Source: GRUB 2.06, grub-core/boot/i386/pc/{boot,diskboot}.S, util/setup.c, include/grub/i386/pc/boot.h.
 */

const SECTOR = 512
const CODE_BYTES = 440
const BOOT_KERNEL_SECTOR = 0x5c
const BOOT_DRIVE_CHECK = 0x66
const BLOCK_LIST = 0x1f4
const X86_NOP = 0x90

/**
 * The disk's first sector with GRUB's boot code in it; the partition table in `sector` stays.
 * @param sector the disk's first 512 bytes
 * @param bootImage GRUB's boot.img, 512 bytes
 * @param coreLba where core.img begins, in sectors of 512 bytes
 */
export function bootSector(sector: Buffer, bootImage: Buffer, coreLba: number): Buffer {
  if (sector.length !== SECTOR || bootImage.length !== SECTOR)
    throw new Error(`boot sector is ${sector.length} bytes and boot.img ${bootImage.length}; both must be ${SECTOR}`)
  const patched = Buffer.from(sector)
  bootImage.copy(patched, 0, 0, CODE_BYTES)
  patched.writeBigUInt64LE(BigInt(coreLba), BOOT_KERNEL_SECTOR)
  // some BIOSes hand over a wrong drive number when they boot a hard disk: grub-setup lets boot.img check it
  patched.fill(X86_NOP, BOOT_DRIVE_CHECK, BOOT_DRIVE_CHECK + 2)
  return patched
}

/** core.img as it must lie at `coreLba`, padded to whole sectors. */
export function coreImage(core: Buffer, coreLba: number, maxSectors: number): Buffer {
  const sectors = Math.ceil(core.length / SECTOR)
  if (sectors < 2 || sectors > maxSectors)
    throw new Error(`core.img takes ${sectors} sectors; the BIOS boot partition has ${maxSectors}`)
  const patched = Buffer.alloc(sectors * SECTOR)
  core.copy(patched)
  patched.writeBigUInt64LE(BigInt(coreLba + 1), BLOCK_LIST)
  patched.writeUInt16LE(sectors - 1, BLOCK_LIST + 8)
  return patched
}
