import { readlink, realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { badPath, openSource, type SourceFile } from '@eims/image'

/**
 * Opens a file of this server that lies in one of `folders`, whatever links lead to it. Of what lies elsewhere nothing is
 * told, not even whether it is there.
 * @throws ProblemError `invalid-input` naming `body.path`; `image-unreadable` when it is empty
 */
export async function openInFolders(path: string, folders: readonly string[]): Promise<SourceFile> {
  const places = await Promise.all(folders.map(async (folder) => [folder, await real(folder)] as const))
  const isInside = (file: string | null) =>
    file !== null && places.some(([, folder]) => folder !== null && isBelow(file, folder))
  if (!places.some((forms) => forms.some((folder) => folder !== null && isBelow(resolve(path), folder))))
    badPath(path, `lies in no folder that images are added from (--image-folder of ./eims up); ${SEND}`)
  const file = await real(path)
  if (file === null || !isInside(file)) badPath(path, 'is no file inside its folder; no link may lead out of it')
  const source = await openSource(file)
  try {
    // Between the look and the opening a link may have taken its place: only the kernel knows what was opened.
    if (!isInside(await readlink(`/proc/self/fd/${source.file.fd}`)))
      badPath(path, 'is no file inside its folder; no link may lead out of it')
    return source
  } catch (error) {
    await source.file.close()
    throw error
  }
}

const SEND = 'send the file instead, as ./eims images add FILE does'

const real = (path: string): Promise<string | null> => realpath(path).catch(() => null)

const isBelow = (file: string, folder: string) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep)
