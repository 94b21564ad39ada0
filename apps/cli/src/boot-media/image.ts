import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runTool, setTimes, writeFatVolume } from './fat-volume.ts'

/** Where Debian's packages isolinux and syslinux-common have their files. */
const ISOLINUX = '/usr/lib/ISOLINUX'
const LDLINUX = '/usr/lib/syslinux/modules/bios/ldlinux.c32'

/** GPT type of an EFI system partition (UEFI specification 2.10, table 5.7). */
const TYPE_ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'

const ISOLINUX_CFG = `default eims
label eims
  linux /ipxe.lkrn
  initrd /autoexec.ipxe
`

interface ImageOptions {
  /** folder with ipxe.efi, ipxe-arm64.efi and ipxe.lkrn */
  ipxeDir: string
  /** autoexec.ipxe */
  script: string
  /** the image to write; an older one is replaced when the new one is whole */
  out: string
}

/**
 * Writes a disc image that is a disk image as well: UEFI (x86-64, arm64) finds an EFI system partition with iPXE, whether
 * the bytes are on a stick or on a disc; a BIOS finds ISOLINUX, which starts iPXE. Both run `script`. About 7 MB.
 * The same inputs give the same bytes.
 */
export async function writeImage({ ipxeDir, script, out }: ImageOptions): Promise<void> {
  const work = await mkdtemp(join(dirname(out), '.eims-boot-media-'))
  try {
    const volume = join(work, 'efi.img')
    await writeVolume(ipxeDir, script, work, volume)
    await writeDisc(ipxeDir, script, work, volume)
    await rename(join(work, 'out'), out)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The EFI system partition. iPXE looks for autoexec.ipxe beside itself. */
async function writeVolume(ipxeDir: string, script: string, work: string, volume: string): Promise<void> {
  const boot = join(work, 'volume/EFI/BOOT')
  await mkdir(boot, { recursive: true })
  await copyFile(join(ipxeDir, 'ipxe.efi'), join(boot, 'BOOTX64.EFI'))
  await copyFile(join(ipxeDir, 'ipxe-arm64.efi'), join(boot, 'BOOTAA64.EFI'))
  await writeFile(join(boot, 'autoexec.ipxe'), script)
  await writeFatVolume({ folder: join(work, 'volume'), out: volume, serial: 'e1350002' })
}

async function writeDisc(ipxeDir: string, script: string, work: string, volume: string): Promise<void> {
  const tree = join(work, 'tree')
  await mkdir(join(tree, 'isolinux'), { recursive: true })
  await copyFile(join(ISOLINUX, 'isolinux.bin'), join(tree, 'isolinux/isolinux.bin'))
  await copyFile(LDLINUX, join(tree, 'isolinux/ldlinux.c32'))
  await writeFile(join(tree, 'isolinux/isolinux.cfg'), ISOLINUX_CFG)
  await copyFile(join(ipxeDir, 'ipxe.lkrn'), join(tree, 'ipxe.lkrn'))
  await writeFile(join(tree, 'autoexec.ipxe'), script)
  await setTimes(tree)
  const disc = ['-as', 'mkisofs', '-quiet', '-o', join(work, 'out'), '-V', 'EIMS_BOOT', '-r', '-J']
  const startCode = [
    '-isohybrid-mbr',
    join(ISOLINUX, 'isohdpfx.bin'),
    '--mbr-force-bootable',
    '-partition_offset',
    '16',
  ]
  const isolinux = [
    '-c',
    'isolinux/boot.cat',
    '-b',
    'isolinux/isolinux.bin',
    '-boot-load-size',
    '4',
    '-boot-info-table',
  ]
  const partition = ['-append_partition', '2', TYPE_ESP, volume, '-appended_part_as_gpt']
  const uefi = ['-eltorito-alt-boot', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot']
  await runTool('xorriso', ...disc, ...startCode, ...isolinux, '-no-emul-boot', ...partition, ...uefi, tree)
}
