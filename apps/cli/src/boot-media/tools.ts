import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Refusal } from '../refusal.ts'
import { artifactsOf } from '../up/places.ts'

/** Programs that media are made with, and that read packed images: the same on each host, whatever that has installed. */
export interface MediaTools {
  /** what one of the programs (deploy/media-tools/build.ts) is started by, in front of its arguments; no library of the host's takes part */
  command(program: string): [string, ...string[]]
  /** absolute path of one of their files: `isolinux/isolinux.bin`, `gconv` (for GCONV_PATH) */
  file(path: string): string
}

/**
 * A bundle has the tools with it. A checkout fetches them at the first call, into the cache; nothing is installed, so that takes no
 * root.
 * @throws Refusal where they are to be fetched and cannot be; why has been printed by then
 */
export function mediaTools({ root, cacheDir }: { root: string; cacheDir: string }): MediaTools {
  const { artifactsDir, bundled } = artifactsOf({ root, cacheDir })
  return toolsIn(bundled ? join(artifactsDir, 'media-tools') : made(root, cacheDir))
}

function toolsIn(folder: string): MediaTools {
  const file = (path: string) => join(folder, path)
  const loader = [file('lib/ld.so'), '--inhibit-cache', '--library-path', file('lib')] as const
  return { file, command: (program) => [...loader, file(`bin/${program}`)] }
}

function made(root: string, cacheDir: string): string {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'deploy/media-tools/make.ts'), '--cache', cacheDir],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  )
  if (status !== 0)
    throw new Refusal(
      'the first call fetches Debian packages (xorriso, mtools, …) into the cache, for which it needs a network and apt; without one use a bundle, which has them with it (./eims bundle)',
    )
  return stdout.trim()
}
