import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where this checkout and its cache are: as the launcher says, else as it would say. */
export function placesOf(env: NodeJS.ProcessEnv): { root: string; cacheDir: string } {
  return {
    root: env.EIMS_ROOT ?? resolve(import.meta.dirname, '../../../..'),
    cacheDir: resolve(env.EIMS_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'eims')),
  }
}

/** The folder of the boot files: a bundle (`eims bundle`) brings its own, a checkout makes them below its cache. */
export function artifactsOf({ root, cacheDir }: { root: string; cacheDir: string }): {
  artifactsDir: string
  bundled: boolean
} {
  const bundled = existsSync(join(root, '.bundled'))
  return { artifactsDir: join(bundled ? root : cacheDir, 'artifacts'), bundled }
}

/**
 * The program that serves, as `eims up` starts it; the launcher's `serve` starts the same. Left alone, V8 takes 128 MB for
 * what is young as soon as much passes through (an import, thousands of calls), and never gives them back.
 */
export const serviceProgram = (root: string): string[] => [
  process.execPath,
  '--max-semi-space-size=16',
  join(root, 'apps/server/src/main.ts'),
]
