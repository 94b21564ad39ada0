import { z } from 'zod'
import { Architecture } from './architecture.ts'
import { named } from './component.ts'
import { Name, Sha256 } from './image.ts'
import { AddonFile } from './image-facts.ts'

/** What the partition for addons is called by its table, and its file system. */
export const ADDONS_LABEL = 'K3S-ADDONS'
/** Sets that one profile may have. */
export const MOST_ADDONS = 16

/** Of a set of addons: a DNS label, for K3s makes names of objects of its files' names. */
export const AddonName = z
  .string()
  .trim()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
    'must be 1 to 40 lower-case letters, digits or hyphens, with none of these at either end',
  )

/** The sets of a profile, by their names. */
export const AddonNames = z
  .array(AddonName)
  .max(MOST_ADDONS)
  .refine((names) => new Set(names).size === names.length, 'names a set twice')

const MIB = 1024 * 1024

/**
 * PURE: bytes of the partition for addons of such archives, whole MiB: the files, and what ext4 needs itself (1 MiB of inodes,
 * descriptors and bitmaps of each 128 MiB, blocks that are not full).
 */
export const addonsSize = (sizes: readonly number[]): number =>
  sizes.length === 0 ? 0 : Math.ceil((sizes.reduce((sum, size) => sum + size, 0) * (1 + 1 / 64)) / MIB + 8) * MIB

/** A set that is made of an archive of the store: an image of the format `addons` that was sent before, and is ready. */
export const AddonInput = z.strictObject({
  name: AddonName,
  /** name of that image; it belongs to the set from then on */
  image: Name,
  note: z.string().trim().max(4096).nullable().default(null),
})
export type AddonInput = z.infer<typeof AddonInput>

/** Addons of a cluster that go together: manifests, charts and images of containers. */
export const Addon = z.object({
  id: z.string(),
  name: AddonName,
  /** counts the archives that it was made of, from 1 */
  version: z.number().int(),
  note: z.string().nullable(),
  /** the archive in the store */
  image: z.string(),
  architecture: Architecture,
  /** digest of the archive */
  sha256: Sha256,
  /** bytes of the archive, and compressed as it is stored */
  size: z.number().int(),
  storedSize: z.number().int(),
  files: z.array(AddonFile),
  /** names of the profiles that have it, the first ones */
  profiles: z.array(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})
export type Addon = z.infer<typeof Addon>

named({ Addon, AddonInput })
