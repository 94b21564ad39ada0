import { z } from 'zod'
import { named } from './component.ts'

/** As a Kubernetes label's: an optional prefix with `/`, then letters, digits, `-`, `_`, `.`. EIM allows 316 characters. */
const MetadataKey = z
  .string()
  .trim()
  .max(316, 'is longer than 316 characters')
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/,
    'must be a key of letters, digits, dots, hyphens, underscores or slashes, with a letter or digit at both ends',
  )

const MetadataValue = z
  .string()
  .trim()
  .max(1024, 'is longer than 1024 characters')
  .refine((text) => !/\p{Cc}/u.test(text), 'holds control characters such as a line break')
  // For the OpenAPI document, in the words that the regular expressions of every language know.
  .meta({ pattern: String.raw`^[^\u0000-\u001f\u007f-\u009f]*$` })

/** Of one thing. */
export const MOST_KEYS = 100

/** What people note of a thing: keys to texts. */
export const Metadata = z
  .record(MetadataKey, MetadataValue)
  .refine((metadata) => Object.keys(metadata).length <= MOST_KEYS, `holds more than ${MOST_KEYS} keys`)
export type Metadata = z.infer<typeof Metadata>

/** Notes to be made beside those that are there; null removes one. */
export const MetadataChanges = z
  .record(MetadataKey, MetadataValue.nullable())
  .refine((changes) => Object.keys(changes).length <= MOST_KEYS, `changes more than ${MOST_KEYS} keys`)
export type MetadataChanges = z.infer<typeof MetadataChanges>

/** PURE: the notes after the changes; they may be more than MOST_KEYS. */
export const changeMetadata = (was: Metadata, changes: MetadataChanges): Metadata =>
  Object.fromEntries(
    Object.entries({ ...was, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null),
  )

named({ Metadata, MetadataChanges })
