import { z } from 'zod'
import { named } from './component.ts'
import { Sha256 } from './image.ts'

/**
 * What a standalone unit of a profile with `onboarding: later` keeps of itself, without secrets, in
 * /var/lib/eims/unit.json: by it a registry takes it in. Later formats may add fields, under the same number.
 */
export const UnitFile = z.object({
  format: z.literal(1),
  name: z.string().max(63),
  serial: z.string().max(256).nullable(),
  uuid: z.string().max(64).nullable(),
  macs: z.array(z.string().max(64)).max(64),
  profile: z.string().max(63),
  /** as it was published: SHA-256 of its manifest, which lists its chunks */
  image: z.object({ name: z.string().max(63), manifestSha256: Sha256 }),
  /** when its installation was begun, by the server's clock */
  installedAt: z.iso.datetime(),
  /** cloud-init's instance-id */
  instanceId: z.string().max(128),
})
export type UnitFile = z.infer<typeof UnitFile>

named({ UnitFile })
