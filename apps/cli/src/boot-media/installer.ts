import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, copyFile, mkdir, open, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Contents, compose, findPartition, MEDIUM_TYPE, mediumInitrd, pristineHash, RESERVED } from '@eims/medium'
import { runtimeOf } from './contents.ts'
import { writeFatVolume } from './fat-volume.ts'
import { writeDisc } from './hybrid.ts'
import { LABELS } from './out.ts'
import { readable, writeAll } from './readable.ts'
import type { MediaTools } from './tools.ts'

/** As deploy/micro-os/README.md wants them. */
const KERNEL_ARGUMENTS = 'console=tty0 console=ttyS0,115200 quiet loglevel=4 panic=30'

interface InstallerOptions {
  contents: Contents
  /** the bytes of a blob */
  fetch: (digest: string) => Promise<Buffer>
  /** the boot files, as `./eims prepare` makes them */
  artifactsDir: string
  tools: MediaTools
  /** bytes of its reserved area; left out: a pristine one */
  custom?: Buffer | undefined
  /** the medium to write; an older one is replaced when the new one is whole */
  out: string
  /** an empty folder on the same file system, which the caller removes */
  work: string
  signal?: AbortSignal
  /** bytes done, of so many */
  onProgress: (done: number, total: number) => void
}

/**
 * Writes a medium that installs without a server. Under its final name it stands only when it is whole, its reserved area as
 * well: without its list it would install every machine. It starts by Debian's shim and GRUB (UEFI, Secure Boot enforcing or not) or by
 * ISOLINUX (BIOS), from a stick or a disc. No root; the same inputs give the same bytes.
 * @returns SHA-256 of the whole as it is when pristine, its size, and the name of its contents
 */
export async function writeInstaller(
  options: InstallerOptions,
): Promise<{ sha256: string; size: number; seal: string }> {
  const { contents, artifactsDir, tools, fetch, custom, out, work, signal, onProgress } = options
  const composed = compose(contents)
  const { seal, length } = composed
  const volume = join(work, 'efi.img')
  await writeLoaders(options, seal, join(work, 'volume'), volume)
  const tree = join(work, 'tree')
  await writeMicroOs(artifactsDir, contents.architecture, seal, tree)
  // a hole, which becomes room in the image; what belongs there is written once, into its place
  const partition = join(work, 'partition')
  await writeFile(partition, '')
  await truncate(partition, length)
  const image = join(work, 'medium')
  const config = `default eims\nlabel eims\n  linux /boot/vmlinuz\n  initrd /boot/initrd.zst,/boot/medium.img\n  append ${KERNEL_ARGUMENTS}\n`
  await writeDisc({
    tree,
    config,
    label: LABELS.installer,
    volume,
    partition: { type: MEDIUM_TYPE, file: partition },
    out: image,
    tools,
  })
  await using file = await open(image, 'r+')
  const source = readable(file)
  const place = await findPartition(source)
  if (!place || place.length < length) throw new Error('the image that was made has no partition for the installation')
  const { base } = place
  const total = contents.blobs.reduce((sum, [, size]) => sum + size, 0)
  let done = 0
  for (const [digest, size] of contents.blobs) {
    signal?.throwIfAborted()
    const bytes = await fetch(digest)
    if (bytes.length !== size) throw new Error(`blob ${digest} has ${bytes.length} bytes, and not ${size}`)
    await writeAll(file, bytes, base + composed.places.get(digest)!.offset)
    done += size
    onProgress(done, total)
  }
  if (custom) await writeAll(file, custom, base + RESERVED.offset)
  for (const { offset, bytes } of composed.pages({ length: base, sha256: await sha256OfHead(image, base) }))
    await writeAll(file, bytes, base + offset)
  const { size } = await file.stat()
  await file.sync()
  const sha256 = await pristineHash(source, { base }, size)
  // whoever may read it reads what config-files hash and profiles bring
  if (custom) await chmod(image, 0o600)
  await rename(image, out)
  return { sha256, size, seal }
}

/** The EFI system partition: shim under the name that firmware looks for, and what it starts beside it. */
async function writeLoaders(
  { artifactsDir, tools }: Pick<InstallerOptions, 'artifactsDir' | 'tools'>,
  seal: string,
  folder: string,
  volume: string,
): Promise<void> {
  await mkdir(join(folder, 'EFI/BOOT'), { recursive: true })
  await copyFile(join(artifactsDir, 'shim/shimx64.efi'), join(folder, 'EFI/BOOT/BOOTX64.EFI'))
  // shim starts it by the name of Debian's build
  await copyFile(join(artifactsDir, 'shim/gcdx64.efi'), join(folder, 'EFI/BOOT/grubx64.efi'))
  await writeGrubConfig(folder, seal)
  await writeFatVolume({ folder, out: volume, serial: 'e1350002', tools })
}

/** A file of this name is on this medium and on no other, also where two are in one machine. */
const markerOf = (seal: string) => `eims/${seal.slice(0, 32)}`

const grubConfig = (seal: string) => `search --no-floppy --set=root --file /${markerOf(seal)}
linux /boot/vmlinuz ${KERNEL_ARGUMENTS}
initrd /boot/initrd.zst /boot/medium.img
boot
`

/** Of a stick GRUB looks for it in the EFI system partition that it came from; of a disc, in the ISO 9660 file system. */
async function writeGrubConfig(folder: string, seal: string): Promise<void> {
  await mkdir(join(folder, 'boot/grub'), { recursive: true })
  await writeFile(join(folder, 'boot/grub/grub.cfg'), grubConfig(seal))
}

async function writeMicroOs(artifactsDir: string, architecture: string, seal: string, tree: string): Promise<void> {
  await writeGrubConfig(tree, seal)
  await mkdir(join(tree, 'eims'))
  await writeFile(join(tree, markerOf(seal)), `${seal}\n`)
  for (const name of ['vmlinuz', 'initrd.zst'])
    await copyFile(join(artifactsDir, architecture, name), join(tree, 'boot', name))
  const agent = await readFile(join(artifactsDir, 'medium/agent.mjs'))
  const runtime = await readFile(join(artifactsDir, architecture, 'tools', runtimeOf(artifactsDir).sha256))
  await writeFile(join(tree, 'boot/medium.img'), mediumInitrd(seal, agent, runtime))
}

async function sha256OfHead(path: string, length: number): Promise<string> {
  const sum = createHash('sha256')
  for await (const part of createReadStream(path, { end: length - 1 })) sum.update(part as Buffer)
  return sum.digest('hex')
}
