import { z } from 'zod'
import { named } from './component.ts'
import { Sha256 } from './image.ts'

const flag = z.enum(['true', 'false'])
const Identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/)
const Counted = z.number().int().nonnegative()

export const BackupQuery = z.strictObject({
  /** false: the registry without the images' bytes */
  images: flag.default('true'),
})

export const RestoreQuery = z.strictObject({
  /** true: replace a registry that is not empty */
  force: flag.default('false'),
  /** false: nothing was provisioned since the backup was made, so no machine needs to wait for a person */
  hold: flag.default('true'),
})

/** The first entry of a backup, `eims-backup.json`. */
export const BackupHead = z.object({
  format: z.literal(1),
  /** version of eims */
  version: z.string().max(64),
  madeAt: z.iso.datetime(),
  site: z.object({ id: z.string().max(64), name: z.string().max(64) }),
  images: z.boolean(),
  schema: z.object({
    migrations: z.array(z.object({ name: z.string().max(128), checksum: Sha256 })).max(10_000),
    tables: z.record(Identifier, z.array(Identifier).min(1).max(1600)),
  }),
})
export type BackupHead = z.infer<typeof BackupHead>

/** The last entry, `end.json`: a backup without it is no whole one. */
export const BackupEnd = z.object({
  tables: z.record(Identifier, z.object({ rows: Counted, bytes: Counted, sha256: Sha256 })),
  sequences: z.record(
    Identifier,
    z
      .string()
      .regex(/^\d{1,19}$/)
      .nullable(),
  ),
  blobs: Counted,
  blobBytes: Counted,
  /** pieces of images that were missing or damaged on the server's disk; the first 100 */
  lacking: z.array(Sha256).max(100),
})
export type BackupEnd = z.infer<typeof BackupEnd>

export const RestoreReport = z.object({
  site: z.string(),
  madeAt: z.iso.datetime(),
  rows: Counted,
  blobs: Counted,
  /** pieces of images that the backup lacks; those images cannot be written to machines */
  lacking: Counted,
  /** nodes that would have been provisioned at their next boot and wait for a release now */
  held: Counted,
  /** runs that were under way when the backup was made, now cancelled */
  endedRuns: Counted,
  /** webhooks that tell nobody until they are enabled */
  disabledWebhooks: Counted,
  /** migrations that the backup did not have yet */
  migrations: z.array(z.string()),
})
export type RestoreReport = z.infer<typeof RestoreReport>

named({ RestoreReport })
