import { z } from 'zod'
import { named } from './component.ts'
import { Role } from './routes/shape.ts'

const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z')

/** A key for the REST interface. Its text is made by the server and shown once. */
export const KeyInput = z.strictObject({
  /** whose it is: stands in the audit log, so no two keys in force have the same one */
  name: z
    .string()
    .trim()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,62}$/,
      'must be 1 to 63 letters, digits, spaces or ._@-, starting with a letter or digit',
    ),
  role: Role,
  /** from then on the key opens nothing; null: until it is revoked */
  expiresAt: z.iso
    .datetime({ offset: true })
    .refine((text) => Date.parse(text) >= 0 && Date.parse(text) <= LAST_INSTANT, 'must be between 1970 and 9999')
    .nullable()
    .default(null),
})
export type KeyInput = z.infer<typeof KeyInput>

export const PublicKey = z.object({
  id: z.string(),
  name: z.string(),
  role: Role,
  /** that of root on a server's own machine, which is made anew at each start */
  local: z.boolean(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  /** to the minute */
  usedAt: z.iso.datetime().nullable(),
})
export type PublicKey = z.infer<typeof PublicKey>

/** The only reply that holds the key itself. */
export const NewKey = PublicKey.extend({ key: z.string() })
export type NewKey = z.infer<typeof NewKey>

named({ Key: PublicKey, KeyInput, NewKey })
