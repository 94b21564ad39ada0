import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isKernelEntry, kerneloptsIn, readEntry } from './bls.ts'
import { defaultKernelopts, firstInGrubCfg } from './grub.ts'
import { loaderFiles } from './places.ts'

/** Paths are below the file system that the loader's file lies on. */
export interface BootEntry {
  kernel: string
  /** loaded one behind the other */
  initrds: string[]
  /** null: GRUB's variable kernelopts has it, and no file tells what that holds */
  commandLine: string | null
}

/**
 * What a loader on one mounted file system starts by itself: the first kernel of a grub.cfg, else the newest BLS entry.
 * @returns null when no loader lies there
 */
export function firstEntry(root: string): BootEntry | null {
  const files = loaderFiles(root)
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const inGrub = files.grubCfg.map((path) => firstInGrubCfg(read(path))).find((entry) => entry !== null)
  const kernelopts = () =>
    files.grubenv.map((path) => kerneloptsIn(read(path))).find((found) => found !== null) ??
    files.grubCfg.map((path) => defaultKernelopts(read(path))).find((found) => found !== null) ??
    null
  if (inGrub) return withoutVariables(inGrub, kernelopts)
  const newest = files.entries
    .filter((path) => isKernelEntry(read(path)))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1)
  const entry = newest === undefined ? null : readEntry(read(newest))
  return entry && withoutVariables(entry, kernelopts)
}

const KERNELOPTS = /^\$(?:kernelopts|\{kernelopts\})$/

/** Only GRUB itself knows what its variables hold, but for the one in which RHEL 8 keeps all that a kernel is told. */
function withoutVariables(entry: BootEntry & { commandLine: string }, kernelopts: () => string | null): BootEntry {
  const words = entry.commandLine.split(' ')
  const known = words.some((word) => KERNELOPTS.test(word)) ? kernelopts() : ''
  if (known === null) return { ...entry, commandLine: null }
  const commandLine = words
    .flatMap((word) => (KERNELOPTS.test(word) ? known.split(' ') : [word]))
    .filter((word) => !word.includes('$'))
    .join(' ')
  return { ...entry, commandLine }
}
