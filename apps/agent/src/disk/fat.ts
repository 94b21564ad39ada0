import { directoryEntries } from './fat-names.ts'

/*
 * A FAT12 volume (Microsoft's FAT specification 1.03, 30 Aug 2005), made whole in memory:
 *
 *   boot sector | FAT | FAT | root directory (512 entries) | clusters of 4 KiB, from number 2
 *
 * Clusters of 4 KiB keep the volumes made here (4 to 8 MiB) below 4,085 clusters, so FAT12 serves both sector sizes.
 */

const CLUSTER = 4096
const ROOT_ENTRIES = 512
const END_OF_CHAIN = 0xfff

export interface FatFile {
  name: string
  bytes: Buffer
}

interface FatVolume {
  /** at most 11 characters, upper case */
  label: string
  /** whole bytes of the volume, 1 to 15 MiB */
  size: number
  /** of the disk: Linux refuses a volume whose sectors are smaller than the disk's */
  sectorSize: number
  /** sector of the disk at which the partition begins */
  hiddenSectors: number
  serial: number
  files: FatFile[]
}

/** The whole volume's bytes, or null when the files do not fit. */
export function formatFat(volume: FatVolume): Buffer | null {
  const { size, sectorSize, files } = volume
  const sectors = Math.floor(size / sectorSize)
  const fatSectors = Math.ceil(((size / CLUSTER + 2) * 1.5) / sectorSize)
  const rootStart = (1 + 2 * fatSectors) * sectorSize
  const dataStart = rootStart + ROOT_ENTRIES * 32
  const clusters = Math.floor((size - dataStart) / CLUSTER)
  const needed = files.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / CLUSTER), 0)
  if (needed > clusters) return null

  const bytes = Buffer.alloc(size)
  bootSector(bytes, volume, sectors, fatSectors)
  const fat = Buffer.alloc(fatSectors * sectorSize)
  setEntry(fat, 0, 0xff8)
  setEntry(fat, 1, END_OF_CHAIN)
  const root: Buffer[] = [labelEntry(volume.label)]
  let next = 2
  for (const [index, file] of files.entries()) {
    const count = Math.ceil(file.bytes.length / CLUSTER)
    root.push(directoryEntries(file.name, index + 1, count > 0 ? next : 0, file.bytes.length))
    file.bytes.copy(bytes, dataStart + (next - 2) * CLUSTER)
    for (let nth = 1; nth <= count; nth += 1, next += 1) setEntry(fat, next, nth < count ? next + 1 : END_OF_CHAIN)
  }
  Buffer.concat(root).copy(bytes, rootStart)
  fat.copy(bytes, sectorSize)
  fat.copy(bytes, (1 + fatSectors) * sectorSize)
  return bytes
}

function bootSector(bytes: Buffer, volume: FatVolume, sectors: number, fatSectors: number): void {
  bytes.set([0xeb, 0x3c, 0x90])
  // what the specification recommends: some drivers ask for it
  bytes.write('MSWIN4.1', 3, 'latin1')
  bytes.writeUInt16LE(volume.sectorSize, 11)
  bytes[13] = CLUSTER / volume.sectorSize
  bytes.writeUInt16LE(1, 14) // reserved sectors
  bytes[16] = 2 // FATs
  bytes.writeUInt16LE(ROOT_ENTRIES, 17)
  bytes.writeUInt16LE(sectors < 0x10000 ? sectors : 0, 19)
  bytes[21] = 0xf8 // fixed disk
  bytes.writeUInt16LE(fatSectors, 22)
  bytes.writeUInt16LE(63, 24) // geometry that nobody uses
  bytes.writeUInt16LE(255, 26)
  bytes.writeUInt32LE(volume.hiddenSectors % 0x100000000, 28)
  bytes.writeUInt32LE(sectors < 0x10000 ? 0 : sectors, 32)
  bytes[36] = 0x80
  bytes[38] = 0x29 // the next three fields are there
  bytes.writeUInt32LE(volume.serial, 39)
  bytes.write(volume.label.padEnd(11), 43, 'latin1')
  bytes.write('FAT12   ', 54, 'latin1')
  bytes.set([0x55, 0xaa], 510)
}

/** 12 bits each: two entries share three bytes. */
function setEntry(fat: Buffer, index: number, value: number): void {
  const at = index + (index >> 1)
  const word = fat.readUInt16LE(at)
  fat.writeUInt16LE(index % 2 ? (word & 0x000f) | (value << 4) : (word & 0xf000) | value, at)
}

function labelEntry(label: string): Buffer {
  const entry = Buffer.alloc(32)
  entry.write(label.padEnd(11), 0, 'latin1')
  entry[11] = 0x08
  entry.writeUInt16LE(0x21, 24)
  return entry
}
