import { lstatSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { bytes } from '@eims/contracts'
import { withFilesystem } from '../disk/filesystem.ts'
import { folderIn, makeFolder } from '../disk/in-root.ts'
import { putWhole } from '../disk/put-whole.ts'
import { Failure } from '../failure.ts'
import type { Handler } from './handler.ts'

/**
 * The builtin `write-file`: a file is there as a whole or not at all, under a name of its own first. It takes the place of what
 * is there, also of a link, whose target stays as it is; links on the way are followed as the installed system would.
 * Folders that are missing are made, with the file's owner.
 */
export const writeFileHandler: Handler<'write-file'> = async (args, context) => {
  const { path, uid, gid } = args
  const contents = Buffer.from(args.contents, 'utf8')
  const partition = await withFilesystem(context, args, 'write', async (root, partition) => {
    try {
      const mode = Number.parseInt(args.dirMode, 8)
      const folder = folderIn(root, dirname(path), (missing) => makeFolder(missing, { uid, gid, mode }))
      const place = join(folder, basename(path))
      if (lstatSync(place, { throwIfNoEntry: false })?.isDirectory())
        throw new Failure({ code: 'path-unusable', slots: { path, at: path, fault: 'is-a-folder' } })
      putWhole(place, contents, { uid, gid, mode: Number.parseInt(args.mode, 8) })
    } catch (error) {
      if (error instanceof Failure) throw error
      // told by its code: its words have the place in the Micro-OS
      const text = (error as NodeJS.ErrnoException).code ?? (error as Error).message
      throw new Failure({ code: 'file-not-written', slots: { path, text } }, error)
    }
    return partition
  })
  context.log(`Wrote ${bytes(contents.length)} to ${path} on partition ${partition}`)
  return { result: { partition, bytes: contents.length } }
}
