import { holdsMagic, type ImageK3s, type K3sUnseen, magics } from '@eims/contracts'
import { INSTALL_SCRIPT } from '@eims/edge-config'
import { type Ext4, openExt4 } from './ext4.ts'
import { type Partition, type ReadAt, readTable, within } from './table.ts'

/** Where images have it; the first one counts. */
const BINARIES = ['/usr/local/bin/k3s', '/usr/bin/k3s', '/opt/bin/k3s', '/opt/k3s/k3s', '/var/lib/rancher/k3s/bin/k3s']
const ARCHIVES = [
  { folder: '/var/lib/rancher/k3s/agent/images', named: /\.(?:tar|tar\.(?:gz|zst|lz4|bz2)|tgz|tbz|tzst)$/ },
  { folder: '/opt', named: /^k3s-airgap-images.*\.tar(?:\.\w+)?$/ },
]
/** what a file system without /etc may be mounted at */
const MOUNTED = ['/usr', '/usr/local', '/opt', '/var', '/var/lib', '/']

/** A version as the linker put it into the binary, and no longer one that begins so. */
const VERSION = /v\d{1,3}\.\d{1,3}\.\d{1,3}(?:-(?:alpha|beta|rc)\.?\d{1,3})?\+k3s\d{1,3}(?![\w.])/
/** bytes in which it is looked for: a K3s has some 70 MB */
const MOST_BINARY = 256 * 1024 * 1024
/** bytes of a version, with room */
const LONGEST = 64
const HEAD = 68 * 1024

const MOST_PARTITIONS = 16
const MOST_MS = 60_000

/** an extended partition of an MBR, whose logical ones are not read */
const EXTENDED = ['05', '0f', '85']
/** what holds no programs */
const OTHERS = ['fat', 'fat12', 'fat16', 'fat32', 'swap']

/**
 * Looks for K3s in the file systems of an image, as far as they are ext2 to ext4.
 * @param read bytes of the whole disk, of which few are read
 * @param rawSize of the disk
 * @returns also what kept it from looking; it does not fail an image
 * @throws the reason of `stopped`
 */
export async function findK3s(read: ReadAt, rawSize: number, stopped?: AbortSignal): Promise<ImageK3s> {
  const found: ImageK3s = {
    found: 'unknown',
    version: null,
    path: null,
    installScript: false,
    archives: [],
    why: null,
    fileSystems: [],
  }
  const limit = AbortSignal.timeout(MOST_MS)
  try {
    found.why = await lookInto(found, read, rawSize, AbortSignal.any([limit, ...(stopped ? [stopped] : [])]))
  } catch {
    stopped?.throwIfAborted()
    found.why = limit.aborted ? 'took-too-long' : 'unreadable'
  }
  const isThere = found.path !== null || found.installScript
  return { ...found, found: isThere ? 'yes' : found.why === null ? 'no' : 'unknown' }
}

async function lookInto(
  found: ImageK3s,
  read: ReadAt,
  rawSize: number,
  signal: AbortSignal,
): Promise<K3sUnseen | null> {
  const { partitions } = await readTable(read, rawSize)
  let hasRoot = false
  let isDamaged = false
  for (const partition of partitions.slice(0, MOST_PARTITIONS)) {
    const kind = EXTENDED.includes(partition.type) ? 'extended' : await kindOf(read, partition)
    if (kind !== 'ext') {
      if (kind !== null && !OTHERS.includes(kind) && !found.fileSystems.includes(kind)) found.fileSystems.push(kind)
      continue
    }
    try {
      if (await lookIntoOne(found, await openExt4(within(read, partition), signal))) hasRoot = true
    } catch {
      signal.throwIfAborted()
      isDamaged = true
    }
  }
  if (isDamaged) return 'unreadable'
  return hasRoot && found.fileSystems.length === 0 && partitions.length <= MOST_PARTITIONS ? null : 'file-system'
}

/** @returns whether it is the root of an OS */
async function lookIntoOne(found: ImageK3s, ext4: Ext4): Promise<boolean> {
  const isRoot = (await ext4.find('/etc'))?.kind === 'directory'
  const find = async (path: string) => {
    if (isRoot) return ext4.find(path)
    for (const place of MOUNTED) {
      if (!path.startsWith(place === '/' ? '/' : `${place}/`)) continue
      const there = await ext4.find(place === '/' ? path : path.slice(place.length))
      if (there) return there
    }
    return null
  }
  if ((await find(INSTALL_SCRIPT))?.kind === 'regular') found.installScript = true
  for (const path of BINARIES) {
    if (found.path !== null) break
    const binary = await find(path)
    if (binary?.kind !== 'regular') continue
    found.path = path
    found.version = await versionIn(ext4.bytes(binary))
  }
  for (const { folder, named } of ARCHIVES) {
    const there = await find(folder)
    if (there?.kind !== 'directory') continue
    const archives = (await ext4.list(there)).filter((name) => named.test(name)).map((name) => `${folder}/${name}`)
    found.archives = [...new Set([...found.archives, ...archives.filter(({ length }) => length <= 512)])].slice(0, 64)
  }
  return isRoot
}

/** PURE: the version of K3s that a binary says of itself, wherever its pieces are cut; null: it says none. */
export async function versionIn(pieces: AsyncIterable<Buffer>): Promise<string | null> {
  let before = ''
  let length = 0
  for await (const piece of pieces) {
    const text = before + piece.toString('latin1')
    // the last bytes come again with the next piece, which may go on with a longer word
    const version = VERSION.exec(text)
    if (version && version.index + version[0].length < text.length) return version[0]
    before = text.slice(-LONGEST)
    length += piece.length
    if (length >= MOST_BINARY) return null
  }
  return VERSION.exec(before)?.[0] ?? null
}

/** What a partition holds, by its first bytes; null: nothing that is known. */
async function kindOf(read: ReadAt, { start, end }: Partition): Promise<string | null> {
  const head = await read(start, Math.max(0, Math.min(HEAD, end - start)))
  return magics.find((magic) => holdsMagic(head, magic))?.name ?? null
}
