import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'
import { Id, InnerPath, Octal, place } from './place.ts'

/** A file in the installed system. */
export const writeFile = builtin({
  arguments: z.strictObject({
    ...place,
    path: InnerPath,
    /** text; device names of the chosen disk (`device.ts`) are filled in */
    contents: z.string().max(131_072),
    uid: Id,
    gid: Id,
    mode: Octal,
    /** of folders on the way that are not there yet */
    dirMode: Octal,
  }),
  open: ['partition', 'fsType', 'path', 'contents', 'uid', 'gid', 'mode', 'dirMode'],
  result: z.object({ partition: z.number(), bytes: z.number() }),
  timeout: 5 * MINUTE,
  repeatable: true,
  needs: 'choose-disk',
  tools: () => ['filesystems'],
})
