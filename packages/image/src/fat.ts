import { setImmediate } from 'node:timers/promises'
import type { ReadAt } from './table.ts'

/*
 * FAT12, FAT16 and FAT32 as far as it takes to read boot loaders (Microsoft's FAT specification 1.03):
 *
 *   boot sector … | FATs | root directory (not of FAT32) | clusters from number 2
 */

interface Volume {
  read: ReadAt
  /** the same, for the few bytes of an entry of the FAT */
  fat: ReadAt
  bits: 12 | 16 | 32
  fatStart: number
  dataStart: number
  clusterBytes: number
  clusters: number
  /** bytes of the fixed root directory; FAT32: its first cluster */
  root: { start: number; length: number } | number
  /** bytes of folders that are still read */
  foldersLeft: number
}

interface Entry {
  name: string
  isFolder: boolean
  cluster: number
  /** bytes of a file */
  size: number
}

/** A file *.efi. */
export interface EfiFile {
  /** as UEFI writes it */
  path: string
  size: number
  /** its bytes; fewer than asked for where the volume is damaged. Throws the reason of `stopped` */
  open(stopped: AbortSignal): Promise<ReadAt>
}

/** of one folder, as the specification has it; and of all that are read of a volume, in which folders may hold each other */
const MOST_FOLDER = 65_536 * 32
const MOST_FOLDERS = 2 * MOST_FOLDER
const MOST_PATHS = 256
const MOST_CHARACTERS = 512
/** control characters and halves of pairs, which the specification allows in no name and PostgreSQL in no text */
const UNTOLD = /[\p{Cc}\p{Cs}]/u
/** bytes of the FAT that are read at once */
const WINDOW = 4096
/** reads until others have their turn */
const TURN = 64

/**
 * The files *.efi in the folders of \EFI. Of folders that lead in circles, those that were found first.
 * @param read bytes of the volume
 * @returns null for what is no FAT volume
 * @throws the reason of `stopped`
 */
export async function efiFiles(read: ReadAt, stopped?: AbortSignal): Promise<EfiFile[] | null> {
  const volume = await openVolume(paced(read))
  if (!volume) return null
  const files: EfiFile[] = []
  const walk = async (entries: Entry[], path: string, depth: number): Promise<void> => {
    for (const { name, isFolder, cluster, size } of entries) {
      if (files.length >= MOST_PATHS) return
      stopped?.throwIfAborted()
      const inside = `${path}\\${name}`
      if (!isFolder && /\.efi$/i.test(name) && inside.length <= MOST_CHARACTERS)
        files.push({ path: inside, size, open: (stopped) => openFile(volume, { cluster, size }, stopped) })
      if (isFolder && depth > 0 && volume.foldersLeft > 0)
        await walk(await listChain(volume, cluster), inside, depth - 1)
    }
  }
  const { root } = volume
  const top = typeof root === 'number' ? await listChain(volume, root) : entriesOf(await read(root.start, root.length))
  for (const { name, isFolder, cluster } of top)
    if (isFolder && name.toUpperCase() === 'EFI') await walk(await listChain(volume, cluster), `\\${name}`, 2)
  return files
}

async function openVolume(read: ReadAt): Promise<Volume | null> {
  const boot = await read(0, 512)
  if (boot.length < 512 || boot.readUInt16BE(510) !== 0x55aa) return null
  const [sector, perCluster] = [boot.readUInt16LE(11), boot.readUInt8(13)]
  if (![512, 1024, 2048, 4096].includes(sector) || perCluster === 0 || (perCluster & (perCluster - 1)) !== 0)
    return null
  const fatSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36)
  const fatStart = boot.readUInt16LE(14) * sector
  const rootStart = fatStart + boot.readUInt8(16) * fatSectors * sector
  const rootLength = boot.readUInt16LE(17) * 32
  const dataStart = rootStart + Math.ceil(rootLength / sector) * sector
  const total = (boot.readUInt16LE(19) || boot.readUInt32LE(32)) * sector
  const clusterBytes = perCluster * sector
  const clusters = Math.floor((total - dataStart) / clusterBytes)
  if (fatStart === 0 || fatSectors === 0 || clusters <= 0) return null
  const bits = boot.readUInt16LE(22) === 0 ? 32 : clusters < 4085 ? 12 : 16
  const root = bits === 32 ? boot.readUInt32LE(44) : { start: rootStart, length: rootLength }
  const fat = paced(inWindows(read))
  return { read, fat, bits, fatStart, dataStart, clusterBytes, clusters, root, foldersLeft: MOST_FOLDERS }
}

async function listChain(volume: Volume, first: number): Promise<Entry[]> {
  const parts: Buffer[] = []
  let left = Math.min(MOST_FOLDER, volume.foldersLeft)
  for await (const cluster of chain(volume, first)) {
    if (left <= 0) break
    parts.push(await volume.read(placeOf(volume, cluster), Math.min(volume.clusterBytes, left)))
    left -= volume.clusterBytes
    volume.foldersLeft -= volume.clusterBytes
  }
  return entriesOf(Buffer.concat(parts))
}

const placeOf = ({ dataStart, clusterBytes }: Volume, cluster: number) => dataStart + (cluster - 2) * clusterBytes

/** The clusters of a file or folder; a chain that is a circle ends after a few rounds (Brent's algorithm). */
async function* chain(volume: Volume, first: number): AsyncGenerator<number, void> {
  let [steps, seen] = [0, 0]
  for (let cluster = first; cluster >= 2 && cluster < volume.clusters + 2; cluster = await nextOf(volume, cluster)) {
    if (cluster === seen) return
    if (Number.isInteger(Math.log2(++steps))) seen = cluster
    yield cluster
  }
}

/** The number behind the last cluster is larger than any cluster's. */
async function nextOf({ fat, bits, fatStart }: Volume, cluster: number): Promise<number> {
  const entry = Buffer.alloc(4, 0xff)
  ;(await fat(fatStart + Math.floor((cluster * bits) / 8), bits === 32 ? 4 : 2)).copy(entry)
  if (bits === 32) return entry.readUInt32LE(0) & 0x0fffffff
  const word = entry.readUInt16LE(0)
  if (bits === 16) return word
  return cluster % 2 ? word >> 4 : word & 0xfff
}

/** What is in memory already comes at once, and machines that boot wait for nobody. */
function paced(read: ReadAt): ReadAt {
  let reads = 0
  return async (offset, length) => {
    if (++reads % TURN === 0) await setImmediate()
    return read(offset, length)
  }
}

/** Entries of a chain mostly stand beside each other. */
function inWindows(read: ReadAt): ReadAt {
  let start = -1
  let window: Buffer = Buffer.alloc(0)
  return async (offset, length) => {
    if (start < 0 || offset < start || offset + length > start + window.length) {
      start = offset - (offset % WINDOW)
      // an entry of FAT12 may go over the end
      window = await read(start, WINDOW + 4)
    }
    return window.subarray(offset - start, offset - start + length)
  }
}

/** A stretch of a file that lies together on the volume. Bytes. */
interface Extent {
  at: number
  from: number
  length: number
}

async function openFile(
  volume: Volume,
  { cluster: first, size }: Pick<Entry, 'cluster' | 'size'>,
  stopped: AbortSignal,
): Promise<ReadAt> {
  const extents: Extent[] = []
  let at = 0
  for await (const cluster of chain(volume, first)) {
    stopped.throwIfAborted()
    if (at >= size) break
    const from = placeOf(volume, cluster)
    const length = Math.min(volume.clusterBytes, size - at)
    const last = extents.at(-1)
    if (last && last.from + last.length === from) last.length += length
    else extents.push({ at, from, length })
    at += length
  }
  return async (offset, length) => {
    const parts: Buffer[] = []
    for (const extent of extents) {
      const start = Math.max(offset, extent.at)
      const end = Math.min(offset + length, extent.at + extent.length)
      if (end <= start) continue
      stopped.throwIfAborted()
      parts.push(await volume.read(extent.from + start - extent.at, end - start))
    }
    return Buffer.concat(parts)
  }
}

function entriesOf(bytes: Buffer): Entry[] {
  const entries: Entry[] = []
  let long = ''
  for (let at = 0; at + 32 <= bytes.length && bytes[at] !== 0; at += 32) {
    const entry = bytes.subarray(at, at + 32)
    const attributes = entry.readUInt8(11)
    if (entry[0] === 0xe5) long = ''
    else if (attributes === 0x0f) {
      const part = [entry.subarray(1, 11), entry.subarray(14, 26), entry.subarray(28, 32)]
      long = Buffer.concat(part).toString('utf16le').replace(/\0.*$/s, '') + long
    } else {
      const name = long || shortName(entry)
      long = ''
      if ((attributes & 0x08) !== 0 || name === '.' || name === '..' || UNTOLD.test(name)) continue
      const cluster = entry.readUInt16LE(20) * 0x10000 + entry.readUInt16LE(26)
      entries.push({ name, isFolder: (attributes & 0x10) !== 0, cluster, size: entry.readUInt32LE(28) })
    }
  }
  return entries
}

/** Byte 12 tells which halves are lower case: Windows NT's way to save a long name. */
function shortName(entry: Buffer): string {
  const half = (from: number, to: number, lower: number) => {
    const text = entry.toString('latin1', from, to).trimEnd()
    return (entry.readUInt8(12) & lower) === 0 ? text : text.toLowerCase()
  }
  const [name, ending] = [half(0, 8, 0x08), half(8, 11, 0x10)]
  return ending ? `${name}.${ending}` : name
}
