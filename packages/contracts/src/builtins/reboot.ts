import { z } from 'zod'
import { Finish } from '../finish.ts'
import { builtin, MINUTE } from './builtin.ts'

export const reboot = builtin({
  arguments: z.strictObject({ how: Finish }),
  open: ['how'],
  result: z.object({}),
  timeout: 2 * MINUTE,
  // Asked for twice it is a reboot. No machine reboots again after its run: it is reported first and done then, so
  // the run is over when the machine comes back.
  repeatable: true,
  last: true,
})
