/*
 * UEFI 2.10 section 3.1.3, EFI_LOAD_OPTION:
 *
 *   u32 attributes | u16 length of the device path | description, UTF-16, NUL | device path | optional data
 *
 * Section 10.3, a device path is a list of nodes: u8 type | u8 subtype | u16 length of the node | data.
 */

const ACTIVE = 1
const END = Buffer.from([0x7f, 0xff, 4, 0])

export interface BootOption {
  attributes: number
  description: string
  /** the nodes with their end */
  devicePath: Buffer
  optionalData: Buffer
}

/** Decodes the content of a Boot#### variable, or null when it is none. */
export function decodeBootOption(bytes: Buffer): BootOption | null {
  if (bytes.length < 8) return null
  const pathLength = bytes.readUInt16LE(4)
  let end = 6
  while (end + 2 <= bytes.length && bytes.readUInt16LE(end) !== 0) end += 2
  const path = end + 2
  if (path + pathLength > bytes.length) return null
  return {
    attributes: bytes.readUInt32LE(0),
    description: bytes.toString('utf16le', 6, end),
    devicePath: Buffer.from(bytes.subarray(path, path + pathLength)),
    optionalData: Buffer.from(bytes.subarray(path + pathLength)),
  }
}

/**
 * Whether an entry boots from the network: it leads to a NIC (section 10.3.4.11, a MAC), or is a legacy one of BBS type
 * "embedded network" (section 10.3.5.1).
 */
export function isNetworkOption({ devicePath }: BootOption): boolean {
  for (let at = 0; at + 4 <= devicePath.length; ) {
    const [type, subtype, length] = [devicePath[at], devicePath[at + 1], devicePath.readUInt16LE(at + 2)]
    if (type === 3 && subtype === 11) return true
    if (type === 5 && subtype === 1 && length >= 6 && devicePath.readUInt16LE(at + 4) === 0x80) return true
    if (length < 4) return false
    at += length
  }
  return false
}

/** The bytes of a Boot#### variable. */
export function encodeBootOption(option: BootOption): Buffer {
  const head = Buffer.alloc(6)
  head.writeUInt32LE(option.attributes, 0)
  head.writeUInt16LE(option.devicePath.length, 4)
  return Buffer.concat([
    head,
    Buffer.from(`${option.description}\0`, 'utf16le'),
    option.devicePath,
    option.optionalData,
  ])
}

/** A partition as firmware names it: by its table's own identifier, so it is found behind any controller. */
export interface BootPartition {
  number: number
  /** in sectors of the disk */
  first: number
  sectors: number
  table: 'gpt' | 'mbr'
  /** GPT: the partition's GUID as it stands in the table, 16 bytes. MBR: the disk's signature, 4 bytes */
  signature: Buffer
}

/** An active entry that starts `file` (backslashes) from `partition`: the short form HD()/File() of section 3.1.2. */
export function diskBootOption(description: string, partition: BootPartition, file: string): BootOption {
  const drive = Buffer.alloc(38)
  drive.writeUInt32LE(partition.number, 0)
  drive.writeBigUInt64LE(BigInt(partition.first), 4)
  drive.writeBigUInt64LE(BigInt(partition.sectors), 12)
  partition.signature.copy(drive, 20)
  drive[36] = partition.table === 'gpt' ? 2 : 1
  drive[37] = partition.table === 'gpt' ? 2 : 1
  return {
    attributes: ACTIVE,
    description,
    devicePath: Buffer.concat([node(4, 1, drive), node(4, 4, Buffer.from(`${file}\0`, 'utf16le')), END]),
    optionalData: Buffer.alloc(0),
  }
}

function node(type: number, subtype: number, data: Buffer): Buffer {
  const head = Buffer.from([type, subtype, 0, 0])
  head.writeUInt16LE(4 + data.length, 2)
  return Buffer.concat([head, data])
}
