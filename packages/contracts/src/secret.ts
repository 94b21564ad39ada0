import { z } from 'zod'
import { named } from './component.ts'

/** UTF-8 bytes of one value, and of all values of a secret together, which is what Kubernetes takes. */
export const MOST_SECRET_VALUE = 128 * 1024
export const MOST_SECRET = 1024 * 1024
const MOST_KEYS = 64

const bytesOf = (text: string) => new TextEncoder().encode(text).length

/** As Kubernetes names its objects: a DNS subdomain (RFC 1123). */
export const SecretName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
    'must be lower-case letters, digits, - and ., and begin and end with a letter or digit',
  )

/** As Kubernetes names the keys of a Secret. */
export const SecretKey = z
  .string()
  .max(253)
  .regex(/^(?!\.\.)[A-Za-z0-9._-]+$/, 'must be letters, digits, -, _ and ., and not begin with ..')
  .refine((key) => key !== '.', 'must not be .')

const SecretValue = z
  .string()
  .max(MOST_SECRET_VALUE)
  .refine((text) => bytesOf(text) <= MOST_SECRET_VALUE, `has more than ${MOST_SECRET_VALUE} bytes`)
  .refine((text) => !text.includes('\0'), 'holds a NUL: give its base64, and the file `encoding: base64`')

const values = <V extends z.ZodType>(value: V) =>
  z
    .record(SecretKey, value)
    .refine((given) => Object.keys(given).length > 0, 'names no key')
    .refine((given) => Object.keys(given).length <= MOST_KEYS, `has more than ${MOST_KEYS} keys`)

/** PURE: what is wrong with all values of a secret together, or null. */
export function secretFault(all: Readonly<Record<string, string>>): string | null {
  const texts = Object.values(all)
  if (texts.length > MOST_KEYS) return `has more than ${MOST_KEYS} keys`
  return texts.reduce((sum, text) => sum + bytesOf(text), 0) > MOST_SECRET ? `has more than ${MOST_SECRET} bytes` : null
}

/** A named object of texts that config-files refer to (`contentFrom.secret`). No reply shows a value. */
export const SecretInput = z.strictObject({ name: SecretName, values: values(SecretValue) })
export type SecretInput = z.infer<typeof SecretInput>

/** Keys that are left out stay, null removes one. */
export const SecretPatch = z.strictObject({ values: values(SecretValue.nullable()) })
export type SecretPatch = z.infer<typeof SecretPatch>

/** A secret as replies show it: which keys there are, and how long their values are. */
export const Secret = z.object({
  id: z.string(),
  name: z.string(),
  /** in the order of their names; `bytes` of UTF-8 */
  keys: z.array(z.object({ key: z.string(), bytes: z.number().int() })),
  createdAt: z.iso.datetime(),
  /** of the last change of a value */
  updatedAt: z.iso.datetime(),
})
export type Secret = z.infer<typeof Secret>

named({ Secret, SecretInput, SecretPatch })
