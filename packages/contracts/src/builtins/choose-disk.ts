import { z } from 'zod'
import { DiskRule } from '../disk-rule.ts'
import { Reason, readReason } from '../reason.ts'
import { builtin, MINUTE } from './builtin.ts'

export const chooseDisk = builtin({
  arguments: z.strictObject({
    rule: DiskRule,
    /** bytes the image needs */
    imageSize: z.number().int().positive(),
    /** bytes that the addons need behind the image; left out: there are none */
    addonsSize: z.number().int().nonnegative().optional(),
    /** may a disk that is not blank be overwritten */
    overwrite: z.boolean(),
    /** why it may not; a sentence in the plans of earlier versions */
    overwriteReason: z.preprocess(readReason, Reason),
  }),
  open: ['rule'],
  // what finds the disk again in a later boot, and holds the interlock against it anew; null is not known, as it was
  // not to agents of earlier versions
  result: z.object({
    path: z.string(),
    size: z.number(),
    serial: z.string().nullable(),
    wwn: z.string().nullable(),
    busPath: z.string().nullable().default(null),
    /** digest of its first and last MiB as they were */
    ends: z.string().nullable().default(null),
    /** it might be overwritten though it was not blank */
    overwrite: z.boolean().default(false),
  }),
  timeout: 5 * MINUTE,
  // it only reads
  repeatable: true,
  once: 'the image goes to one disk',
  symptom: 'no-disk',
  tells: { done: 'a disk is chosen' },
})
