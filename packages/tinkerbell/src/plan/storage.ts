import { z } from 'zod'
import { deviceOf } from './devices.ts'

/** Sizes are sectors of 512 bytes, as rootio takes them; 0 is what is left. */
const SECTOR = 512

const Numbered = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 45)
const Storage = z.object({
  disks: z
    .array(
      z.object({
        device: z.string(),
        partitions: z
          .array(z.object({ label: z.string().max(36).default(''), number: Numbered, size: Numbered }))
          .max(128)
          .default([]),
      }),
    )
    .max(8),
  filesystems: z
    .array(
      z.object({
        mount: z.object({
          device: z.string(),
          format: z.string(),
          create: z.object({ options: z.array(z.coerce.string()).max(32).default([]) }).optional(),
        }),
      }),
    )
    .max(128)
    .default([]),
})

/** `with` of partition-disk and make-filesystems, or a sentence why there is none. */
export type Layout = { table: Record<string, unknown>; filesystems: Record<string, unknown> } | { wrong: string }

/**
 * PURE: the layout that rootio reads from its metadata (`metadata.instance.storage` of a Hardware).
 * @param isMbr rootio's MBR variable
 */
export function layoutOf(hardware: unknown, isMbr: boolean): Layout {
  const spec = (hardware as { spec?: { metadata?: { instance?: { storage?: unknown } } } } | undefined)?.spec
  const found = spec?.metadata?.instance?.storage
  if (found === undefined) return { wrong: 'there is no metadata.instance.storage, which rootio reads' }
  const { data: storage, error } = Storage.safeParse(found)
  if (!storage) {
    const [issue] = error.issues
    return {
      wrong: `metadata.instance.storage${issue!.path.map((key) => `.${String(key)}`).join('')}: ${issue!.message}`,
    }
  }
  const [disk, ...others] = storage.disks
  if (!disk || others.length > 0)
    return { wrong: `metadata.instance.storage has ${storage.disks.length} disks, and one is written` }
  const partitions = disk.partitions.map(({ label, number, size }) => ({
    number,
    size: size === 0 ? null : size * SECTOR,
    label,
    type: typeOf(label, formatOf(storage.filesystems, number)),
  }))
  const filesystems = storage.filesystems.flatMap(({ mount: { device, format, create } }) => {
    const partition = deviceOf(device)?.partition ?? 0
    const at = create?.options.indexOf('-L') ?? -1
    const label = at < 0 ? '' : (create!.options[at + 1] ?? '')
    return partition === 0 ? [] : [{ partition, fsType: format, label }]
  })
  return { table: { table: isMbr ? 'mbr' : 'gpt', partitions }, filesystems: { filesystems } }
}

type Mounts = z.output<typeof Storage>['filesystems']
const formatOf = (filesystems: Mounts, number: number) =>
  filesystems.find(({ mount }) => deviceOf(mount.device)?.partition === number)?.mount.format

/** rootio knows a partition's kind by its label. */
function typeOf(label: string, format: string | undefined): string {
  if (/bios/i.test(label) && format === undefined) return 'bios-boot'
  if (format === 'swap') return 'swap'
  return format === 'vfat' || /^(?:efi|esp)/i.test(label) ? 'efi' : 'linux'
}
