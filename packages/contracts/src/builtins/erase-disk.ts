import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'

/**
 * `auto`: the best that the disk can; `secure`: its own command (NVMe format, ATA secure erase, sanitize); `discard`: all
 * of it is given back, and reads as zeros; `overwrite`: zeros are written.
 */
export const EraseMethod = z.enum(['auto', 'secure', 'discard', 'overwrite'])

/** The chosen disk holds nothing afterwards. */
export const eraseDisk = builtin({
  arguments: z.strictObject({ method: EraseMethod }),
  open: ['method'],
  result: z.object({
    /** what was done, `nvme-format` or `overwrite`, and the disk that it was done to */
    method: z.string(),
    disk: z.string(),
    serial: z.string().nullable(),
    bytes: z.number(),
    /** places that were read back, and held nothing */
    samples: z.number(),
  }),
  timeout: 24 * 60 * MINUTE,
  repeatable: true,
  needs: 'choose-disk',
  tools: ({ method }) => (method === 'auto' || method === 'secure' ? ['erase'] : []),
  tells: { begun: 'erases its disk', underway: 'erasing', done: 'the disk is erased' },
})
