import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'

export const inventory = builtin({
  arguments: z.strictObject({}),
  open: [],
  result: z.object({}),
  timeout: 5 * MINUTE,
  // it only reads
  repeatable: true,
})
