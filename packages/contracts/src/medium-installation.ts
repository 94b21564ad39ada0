import { z } from 'zod'
import { named } from './component.ts'
import { Name, Sha256 } from './image.ts'

const MediumDisk = z.strictObject({
  path: z.string().max(64),
  serial: z.string().max(256).nullable(),
  size: z.number().int(),
})

const told = {
  /** INSTALLED: written, read back and ready to start; nobody has seen it run. BEGUN: its end was not told. */
  state: z.enum(['BEGUN', 'INSTALLED', 'FAILED']),
  /** why it failed */
  reason: z.string().max(2000).nullable(),
  /** as the medium named it */
  name: z.string().max(63),
  profile: Name,
  image: z.strictObject({ name: Name, manifestSha256: Sha256 }),
  /** the disk that was chosen; null: none was, so nothing was written */
  disk: MediumDisk.nullable(),
  /** cloud-init's instance-id, which the unit keeps */
  instanceId: z.string().min(1).max(64),
  /** when it was begun, by the machine's own clock, which nobody has set; null: its agent did not say */
  begunAt: z.iso.datetime().nullable(),
  /** when this was written down, by the same clock */
  at: z.iso.datetime(),
  /** version of the agent that installed; null: it did not say */
  agent: z.string().max(64).nullable(),
  /** SHA-256 that names the medium, and covers the profile and all else that it brings */
  medium: Sha256,
}

/** What a machine left on a medium of its installation (`eims boot-media collect`). */
export const MediumReport = z.strictObject({
  ...told,
  /** SHA-256 of what the medium was customized to; null: pristine */
  customization: Sha256.nullable(),
  /** SHA-256 of its config-file; null: it had none, or its agent did not say */
  config: Sha256.nullable(),
})
export type MediumReport = z.infer<typeof MediumReport>

/**
 * The same as the registry has it. Of the two digests, behind which there may be passwords, it has the SHA-256 of a secret of the
 * site and each, so that nobody tries them out: equal ones are of equal files.
 */
export const MediumInstallation = z.object({
  ...told,
  customization: Sha256.nullable(),
  config: Sha256.nullable(),
})
export type MediumInstallation = z.infer<typeof MediumInstallation>

named({ MediumDisk, MediumInstallation, MediumReport })
