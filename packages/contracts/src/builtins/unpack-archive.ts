import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'
import { place } from './place.ts'

/** A tar archive of the store, unpacked into a file system of the chosen disk: owners, modes, links and times as in it. */
export const unpackArchive = builtin({
  arguments: z.strictObject({
    ...place,
    archiveSha256: z.string(),
    /** bytes of the archive, unpacked by gzip or zstd */
    archiveSize: z.number().int().positive(),
    /** the folder; `/` is the file system's root */
    folder: z
      .string()
      .max(4096)
      .regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))[^\0]*$/, 'must be an absolute path without ..'),
  }),
  open: ['partition', 'fsType', 'folder'],
  result: z.object({ partition: z.number(), entries: z.number(), bytes: z.number() }),
  timeout: 120 * MINUTE,
  // what is there already is written again
  repeatable: true,
  needs: 'choose-disk',
  installs: true,
  thenStage: 'hand-over',
  manifest: 'archiveSha256',
  takes: 'archive',
  tools: () => ['filesystems'],
  tells: { begun: 'unpacks its OS', underway: 'unpacking', done: 'the OS is unpacked' },
})
