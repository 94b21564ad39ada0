import { z } from 'zod'
import { BootOrder } from '../boot-order.ts'
import { ImageFacts } from '../image-facts.ts'
import { builtin, MINUTE } from './builtin.ts'

export const bootOrder = builtin({
  arguments: z.strictObject({
    /** label of the firmware's boot entry for the disk */
    label: z.string().max(64),
    /** left out (earlier versions): the disk */
    bootOrder: BootOrder.optional(),
    facts: ImageFacts.optional(),
  }),
  open: ['label', 'bootOrder'],
  result: z.object({
    changed: z.boolean(),
    order: z.array(z.string()),
    /** what the firmware boots first; left out by a BIOS, whose order nobody can set, and by earlier versions */
    first: BootOrder.optional(),
  }),
  timeout: 5 * MINUTE,
  // it reads what the firmware has and changes what differs
  repeatable: true,
  needs: 'choose-disk',
  tells: { done: 'the firmware will boot this disk first' },
})
