import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool, setTimes } from './fat-volume.ts'
import type { MediaTools } from './tools.ts'

/** GPT type of an EFI system partition (UEFI specification 2.10, table 5.7). */
const TYPE_ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'

interface DiscOptions {
  /** what the ISO 9660 file system holds, beside ISOLINUX */
  tree: string
  /** of ISOLINUX */
  config: string
  /** of the file system */
  label: string
  /** the EFI system partition */
  volume: string
  /** a further partition: its GPT type, and the file with its bytes */
  partition?: { type: string; file: string }
  out: string
  tools: MediaTools
}

/**
 * A disc image that is a disk image as well: ISOLINUX by El Torito on a disc, by MBR code and an active partition on a stick, and an
 * EFI system partition for both.
 */
export async function writeDisc({ tree, config, label, volume, partition, out, tools }: DiscOptions): Promise<void> {
  await mkdir(join(tree, 'isolinux'), { recursive: true })
  for (const file of ['isolinux/isolinux.bin', 'isolinux/ldlinux.c32'])
    await copyFile(tools.file(file), join(tree, file))
  await writeFile(join(tree, 'isolinux/isolinux.cfg'), config)
  await setTimes(tree)
  const disc = ['-no_rc', '-as', 'mkisofs', '-quiet', '-o', out, '-V', label, '-r', '-J']
  const startCode = [
    '-isohybrid-mbr',
    tools.file('isolinux/isohdpfx.bin'),
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
  const more = partition ? ['-append_partition', '3', partition.type, partition.file] : []
  const partitions = ['-append_partition', '2', TYPE_ESP, volume, ...more, '-appended_part_as_gpt']
  const uefi = ['-eltorito-alt-boot', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot']
  await runTool(tools, 'xorriso', ...disc, ...startCode, ...isolinux, '-no-emul-boot', ...partitions, ...uefi, tree)
}
