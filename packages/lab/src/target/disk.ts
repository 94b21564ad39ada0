import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../command.ts'
import { bootSector, coreImage } from './boot-blocks.ts'

const SECTOR = 512
const MIB = 1024 * 1024

/** The disk in MiB: GPT and BIOS boot partition, EFI system partition, root, and 1 MiB for the backup GPT. */
export const LAYOUT = { biosBoot: 1, esp: 2, root: 42, end: 767, size: 768 }

const sectorAt = (mib: number) => (mib * MIB) / SECTOR

/**
 * Makes a disk image that boots on BIOS and UEFI machines out of a root directory tree; needs no loop device.
 * @param tree root directory; its /boot/eims-grub is moved to where firmware looks for it
 * @param file the raw image to write (sparse)
 */
export async function buildDisk(tree: string, file: string): Promise<void> {
  const grub = join(tree, 'boot/eims-grub')
  const [bootImage, core] = await Promise.all([readFile(join(grub, 'boot.img')), readFile(join(grub, 'core.img'))])
  const efi = `${file}.BOOTX64.EFI`
  await run('cp', [join(grub, 'BOOTX64.EFI'), efi])
  await rm(grub, { recursive: true })

  await rm(file, { force: true })
  await run('truncate', ['-s', `${LAYOUT.size}M`, file])
  await run('sgdisk', [
    `--new=1:${sectorAt(LAYOUT.biosBoot)}:${sectorAt(LAYOUT.esp) - 1}`,
    '--typecode=1:ef02',
    `--new=2:${sectorAt(LAYOUT.esp)}:${sectorAt(LAYOUT.root) - 1}`,
    '--typecode=2:ef00',
    `--new=3:${sectorAt(LAYOUT.root)}:${sectorAt(LAYOUT.end) - 1}`,
    '--typecode=3:8304',
    file,
  ])

  await writeBootBlocks(file, bootImage, core)
  await writeEsp(file, efi)
  await rm(efi)
  await writeRoot(file, tree)
}

async function writeBootBlocks(file: string, bootImage: Buffer, core: Buffer): Promise<void> {
  const lba = sectorAt(LAYOUT.biosBoot)
  await using disk = await open(file, 'r+')
  const sector = Buffer.alloc(SECTOR)
  await disk.read(sector, 0, SECTOR, 0)
  await disk.write(bootSector(sector, bootImage, lba), 0, SECTOR, 0)
  const image = coreImage(core, lba, sectorAt(LAYOUT.esp) - lba)
  await disk.write(image, 0, image.length, lba * SECTOR)
}

/** FAT32 through mtools: the build machine's kernel may lack vfat. */
async function writeEsp(file: string, efi: string): Promise<void> {
  const at = ['-i', `${file}@@${LAYOUT.esp}M`]
  const sectors = sectorAt(LAYOUT.root) - sectorAt(LAYOUT.esp)
  await run('mformat', [...at, '-F', '-c', '1', '-T', `${sectors}`, '-H', `${sectorAt(LAYOUT.esp)}`, '-v', 'ESP', '::'])
  await run('mmd', [...at, '::/EFI', '::/EFI/BOOT'])
  await run('mcopy', [...at, efi, '::/EFI/BOOT/BOOTX64.EFI'])
}

/** The last two features are what Debian 13's mke2fs adds and Debian 12's GRUB cannot read. */
async function writeRoot(file: string, tree: string): Promise<void> {
  const options = ['-q', '-F', '-t', 'ext4', '-L', 'eims-target', '-m', '1', '-J', 'size=8']
  const features = ['-O', '^metadata_csum_seed,^orphan_file']
  const blocks = ((LAYOUT.end - LAYOUT.root) * MIB) / 4096
  const place = ['-b', '4096', '-E', `offset=${LAYOUT.root * MIB},lazy_itable_init=0`, '-d', tree, file, `${blocks}`]
  await run('mke2fs', [...options, ...features, ...place], { timeoutMs: 5 * 60_000 })
}
