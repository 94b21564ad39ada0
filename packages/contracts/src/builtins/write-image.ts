import { z } from 'zod'
import { ImageFacts } from '../image-facts.ts'
import { builtin, MINUTE } from './builtin.ts'

export const writeImage = builtin({
  arguments: z.strictObject({
    manifestSha256: z.string(),
    rawSize: z.number().int().positive(),
    /** of the image, where they are known */
    facts: ImageFacts.optional(),
    /** whether the plan puts a cloud-init seed on the disk */
    seeded: z.boolean().optional(),
    /** bytes that a partition for addons will need behind the image; left out: there is none */
    addonsSize: z.number().int().nonnegative().optional(),
    /** how many the manifest has; plans of earlier versions do not say */
    frames: z.number().int().nonnegative().optional(),
  }),
  open: [],
  result: z.object({ framesWritten: z.number(), framesKept: z.number(), bytesFetched: z.number() }),
  timeout: 120 * MINUTE,
  // it keeps what stands on the disk already
  repeatable: true,
  needs: 'choose-disk',
  installs: true,
  thenStage: 'hand-over',
  manifest: 'manifestSha256',
  adds: { up: ['framesWritten', 'framesKept'], to: 'frames' },
  tells: {
    begun: 'writes the image to its disk',
    underway: 'writing',
    done: 'the image is written and verified',
  },
})
