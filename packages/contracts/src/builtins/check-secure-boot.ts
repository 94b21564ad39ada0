import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'

/** The machine's Secure Boot is as it is wanted, or the run ends before its disk is touched. */
export const checkSecureBoot = builtin({
  arguments: z.strictObject({
    /** `any`: it is only told */
    expected: z.enum(['on', 'off', 'any']),
  }),
  open: ['expected'],
  result: z.object({
    /** null: the firmware has none */
    secureBoot: z.boolean().nullable(),
  }),
  timeout: 5 * MINUTE,
  // it only reads
  repeatable: true,
})
