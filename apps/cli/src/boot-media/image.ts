import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeFatVolume } from './fat-volume.ts'
import { writeDisc } from './hybrid.ts'
import type { MediaTools } from './tools.ts'

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
  tools: MediaTools
}

/**
 * Writes a disc image that is a disk image as well: UEFI (x86-64, arm64) finds an EFI system partition with iPXE, whether
 * the bytes are on a stick or on a disc; a BIOS finds ISOLINUX, which starts iPXE. Both run `script`. About 7 MB.
 * The same inputs give the same bytes.
 */
export async function writeImage({ ipxeDir, script, out, tools }: ImageOptions): Promise<void> {
  const work = await mkdtemp(join(dirname(out), '.eims-boot-media-'))
  try {
    const volume = join(work, 'efi.img')
    const boot = join(work, 'volume/EFI/BOOT')
    await mkdir(boot, { recursive: true })
    await copyFile(join(ipxeDir, 'ipxe.efi'), join(boot, 'BOOTX64.EFI'))
    await copyFile(join(ipxeDir, 'ipxe-arm64.efi'), join(boot, 'BOOTAA64.EFI'))
    // iPXE looks for it beside itself
    await writeFile(join(boot, 'autoexec.ipxe'), script)
    await writeFatVolume({ folder: join(work, 'volume'), out: volume, serial: 'e1350002', tools })
    const tree = join(work, 'tree')
    await mkdir(tree)
    await copyFile(join(ipxeDir, 'ipxe.lkrn'), join(tree, 'ipxe.lkrn'))
    await writeFile(join(tree, 'autoexec.ipxe'), script)
    await writeDisc({ tree, config: ISOLINUX_CFG, label: 'EIMS_BOOT', volume, out: join(work, 'out'), tools })
    await rename(join(work, 'out'), out)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
