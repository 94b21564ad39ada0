import { z } from 'zod'
import { builtin } from './builtin.ts'

/** The run stands still until a person lets it go on. */
export const waitForPerson = builtin({
  arguments: z.strictObject({
    /** what the person is to do, for the screen and the lists */
    message: z.string().trim().min(1).max(200),
  }),
  open: ['message'],
  result: z.object({}),
  // a person may take what time it takes
  timeout: 0,
  repeatable: true,
  byEngine: true,
})
