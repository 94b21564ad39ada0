import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Architecture } from '@eims/contracts'
import { Refusal } from '../refusal.ts'
import { artifactsOf } from './places.ts'

/** What `--architecture`, `--firmware DIR` and the launcher's environment say about the boot files. */
interface BootFilesOptions {
  root: string
  cacheDir: string
  /** as a person wrote them; x86_64, and what was made before, are made anyway */
  architectures?: readonly string[] | undefined
  /** laid out as /lib/firmware; packed into the Micro-OS */
  firmwareDir: string | undefined
}

/**
 * Makes iPXE and the Micro-OS when they are missing or their inputs changed; a process of its own, whose memory is
 * gone afterwards. A bundle has them with it (`eims bundle`) and makes none.
 * @returns the folder that they are in
 * @throws Refusal; what went wrong has been printed by then
 */
export function makeBootFiles(options: BootFilesOptions): string {
  const { artifactsDir, script } = bootFilesMaker(options)
  if (!script) return artifactsDir
  const { status, signal } = spawnSync(process.execPath, script, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0)
    throw new Refusal(
      `machines cannot boot without these files${signal ? ` (making them was ended by ${signal})` : ''}`,
    )
  return artifactsDir
}

/**
 * Where the boot files are, and the script with its arguments that makes them; null for a bundle's.
 * @throws Refusal for what nothing can be made of
 */
export function bootFilesMaker({ root, cacheDir, architectures = [], firmwareDir }: BootFilesOptions): {
  artifactsDir: string
  script: string[] | null
} {
  const unknown = architectures.find((name) => !Architecture.safeParse(name).success)
  if (unknown !== undefined)
    throw new Refusal(`--architecture must be ${Architecture.options.join(' or ')}, not "${unknown}"`, 2)
  if (firmwareDir && !statSync(firmwareDir, { throwIfNoEntry: false })?.isDirectory())
    throw new Refusal(`--firmware must name a folder laid out as /lib/firmware; ${firmwareDir} is none`, 2)
  const { artifactsDir, bundled } = artifactsOf({ root, cacheDir })
  if (bundled) {
    const missing = architectures.find((name) => !existsSync(join(artifactsDir, name, 'manifest.json')))
    if (missing !== undefined || firmwareDir)
      throw new Refusal(
        `a bundle brings its boot files; give --${firmwareDir ? 'firmware' : 'architecture'} to ./eims bundle, where there is a network`,
        2,
      )
    return { artifactsDir, script: null }
  }
  const asked = architectures.flatMap((name) => ['--architecture', name])
  const args = ['--cache', cacheDir, ...asked, ...(firmwareDir ? ['--firmware', firmwareDir] : [])]
  return { artifactsDir, script: [join(root, 'deploy/artifacts.ts'), ...args] }
}
