import { z } from 'zod'
import type { Architecture } from './architecture.ts'
import { named } from './component.ts'
import { ImageK3s } from './image-k3s.ts'
import { SignedLoader } from './secure-boot.ts'

/** What is wrong with a partition table; the image may boot all the same. */
export const TableFault = z.enum([
  'header-checksum',
  'entries-checksum',
  'beyond-image',
  'reversed',
  'overlap',
  'backup-missing',
])
export type TableFault = z.infer<typeof TableFault>

/** A file of a set of addons. */
export const AddonFile = z.object({
  /** `manifests/NAME.yaml`, or `images/NAME` with the ending of an archive of containers’ images */
  path: z.string().max(200),
  size: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type AddonFile = z.infer<typeof AddonFile>

/** What `images add` finds in an image and a machine is compared with before its disk is touched. Sizes in bytes. */
export const ImageFacts = z.object({
  table: z.enum(['gpt', 'mbr', 'none']),
  /** logical sector of the disks that it is made for */
  sectorSize: z.union([z.literal(512), z.literal(4096)]),
  size: z.number().int().positive(),
  /** first byte behind the last partition (an extended one is one), and behind the table itself */
  usedEnd: z.number().int().nonnegative(),
  /** what the table keeps at the end of the disk: the backup of a GPT */
  tail: z.number().int().nonnegative(),
  /** entries of the GPT, or primary slots of the MBR, that no partition has */
  freeEntries: z.number().int().nonnegative(),
  /** it brings a partition for a cloud-init seed */
  hasSeedPartition: z.boolean(),
  /** the EFI system partition; null: there is none */
  esp: z
    .object({
      partition: z.number().int(),
      /** boot loaders in it, as UEFI writes paths; null: its file system could not be read */
      loaders: z.array(z.string().max(512)).max(256).nullable(),
      /** each of them with who signed it; left out: an earlier version made the image, or they could not be read */
      signed: z.array(SignedLoader).max(256).optional(),
    })
    .nullable(),
  /** how a BIOS would start it */
  bios: z.object({
    /** there is code in the first sector */
    code: z.boolean(),
    /** the partition that such code goes on with: active, or of GRUB's own kind */
    partition: z.number().int().nullable(),
  }),
  faults: z.array(TableFault),
  /** a hybrid ISO 9660: a medium that starts from a disk too, and that nothing is added to; left out: it is none */
  iso: z.literal(true).optional(),
  /** it is no disk but a tar archive, of which only `size` says anything; left out: it is a disk */
  archive: z.literal(true).optional(),
  /** left out: an earlier version made the image, or it is an archive */
  k3s: ImageK3s.optional(),
  /** that archive is a set of addons, which holds these; left out: it is none */
  addons: z.array(AddonFile).max(64).optional(),
})
export type ImageFacts = z.infer<typeof ImageFacts>

/** PURE: of a tar archive of so many bytes, unpacked. */
export const archiveFacts = (size: number): ImageFacts => ({
  table: 'none',
  sectorSize: 512,
  size,
  usedEnd: 0,
  tail: 0,
  freeEntries: 0,
  hasSeedPartition: false,
  esp: null,
  bios: { code: false, partition: null },
  faults: [],
  archive: true,
})

/** What an image is when it is unpacked; images of which nothing is known are disks. */
export type ImageKind = 'disk' | 'archive' | 'addons'

/** PURE */
export const imageKind = ({ facts }: { facts: ImageFacts | null }): ImageKind =>
  facts?.addons ? 'addons' : facts?.archive ? 'archive' : 'disk'

/** UEFI 2.10 section 3.5.1.1: what firmware starts of a disk that it has no boot option for. */
const fallback: Record<Architecture, string> = {
  x86_64: '\\EFI\\BOOT\\BOOTX64.EFI',
  arm64: '\\EFI\\BOOT\\BOOTAA64.EFI',
}
const suffix: Record<Architecture, string> = { x86_64: 'x64', arm64: 'aa64' }
/** of a vendor's folder, the best one first: shim starts GRUB, and with Secure Boot only shim is started */
const vendors = ['shim', 'grub', 'systemd-boot', 'refind_']

/**
 * PURE: the loader that a machine's boot option names: the one that every bootable disk has, else a vendor's.
 * @returns a path as UEFI writes it; null: the image has none for this architecture
 */
export function efiLoader(loaders: readonly string[] | null | undefined, architecture: Architecture): string | null {
  // What is not known is taken for what every image has.
  if (!loaders) return fallback[architecture]
  const find = (path: string) => loaders.find((each) => each.toLowerCase() === path.toLowerCase())
  const usual = find(fallback[architecture])
  if (usual) return usual
  for (const vendor of vendors) {
    const name = `\\${vendor}${suffix[architecture]}.efi`
    const found = loaders.find((each) => each.toLowerCase().endsWith(name))
    if (found) return found
  }
  return null
}

/** PURE: who signed the loader that a machine's boot option names; undefined: there is none, or nobody looked. */
export function bootedLoader({ esp }: Pick<ImageFacts, 'esp'>, architecture: Architecture): SignedLoader | undefined {
  const path = esp ? efiLoader(esp.loaders, architecture) : null
  return esp?.signed?.find((each) => each.path === path)
}

named({ AddonFile, ImageFacts, TableFault })
