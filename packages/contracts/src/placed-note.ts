import { z } from 'zod'
import { named } from './component.ts'

/** Something to know of a text that a person wrote, where it stands there; lines and columns count from 1. */
export const PlacedNote = z.object({
  line: z.number().int(),
  column: z.number().int(),
  /** `tasks[0].actions[1].environment.MODE` */
  path: z.string(),
  sentence: z.string(),
  /** what to do about it */
  remedy: z.string(),
})
export type PlacedNote = z.infer<typeof PlacedNote>

named({ PlacedNote })
