import { isUtf8 } from 'node:buffer'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MOST_APPLY_BYTES } from '@eims/contracts'
import { Refusal } from '../refusal.ts'

const MOST_FILES = 1000

export interface TextFile {
  /** as problems name it */
  name: string
  text: string
}

/**
 * The files of `-f`: a file, `-` for standard input, or a folder, of which `*.yaml` and `*.yml` are read in the order of
 * their names. All together bounded.
 * @throws Refusal
 */
export async function readFiles(given: string[], stdin: AsyncIterable<Buffer>): Promise<TextFile[]> {
  if (given.filter((each) => each === '-').length > 1) throw new Refusal('-f - can be given once', 2)
  const paths: string[] = []
  for (const each of given) paths.push(...(each === '-' ? ['-'] : await pathsOf(each)))
  if (paths.length > MOST_FILES) throw new Refusal(`-f names ${paths.length} files; ${MOST_FILES} are taken at once`, 2)
  let left = MOST_APPLY_BYTES
  const files: TextFile[] = []
  for (const path of paths) {
    const name = path === '-' ? 'standard input' : path
    const chunks: Buffer[] = []
    if (path !== '-' && (await stat(path)).size > left) throw tooLarge()
    for await (const chunk of path === '-' ? stdin : [await readFile(path)]) {
      left -= chunk.length
      if (left < 0) throw tooLarge()
      chunks.push(chunk)
    }
    const bytes = Buffer.concat(chunks)
    if (!isUtf8(bytes)) throw new Refusal(`${name} is not UTF-8; save it as UTF-8`, 2)
    files.push({ name, text: bytes.toString('utf8').replace(/^\uFEFF/, '') })
  }
  return files
}

const tooLarge = () =>
  new Refusal(`-f: more than ${MOST_APPLY_BYTES / 1024 ** 2} MiB; give a part of it at a time, or use ./eims import`, 2)

async function pathsOf(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(
      `-f: ${path} ${error.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${error.message}`}`,
      2,
    )
  })
  if (!found.isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort()
  if (names.length === 0) throw new Refusal(`-f: the folder ${path} holds no *.yaml and no *.yml`, 2)
  return names.map((name) => join(path, name))
}
