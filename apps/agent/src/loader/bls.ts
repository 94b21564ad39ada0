import { type Edit, edited, initrdsIn } from './words.ts'

/*
 * Boot Loader Specification (UAPI.1), type #1: a file for each kernel, a key and its value in each line. GRUB of Fedora and
 * its kin reads them too, and puts its variables into them.
 */

const OPTIONS = /^(options[ \t]+)(.*)$/gm

/** PURE: whether an entry starts a kernel, and no other loader. */
export const isKernelEntry = (entry: string): boolean => /^linux[ \t]+\S/m.test(entry)

/** PURE: an entry with other arguments; they are added to the last of its lines. */
export function editEntry(entry: string, { add, remove }: Edit): string {
  const lines = [...entry.matchAll(OPTIONS)]
  const all = lines.map((line) => line[2]!).join(' ')
  const missing = edited('', { add, remove: [] })
    .split(' ')
    .filter((word) => word !== '' && !has(all, word, remove))
  let nth = 0
  const result = entry.replace(OPTIONS, (line, key: string, value: string) => {
    nth += 1
    const after = edited(value, { add: nth === lines.length ? missing : [], remove })
    return after === value ? line : `${key}${after}`
  })
  if (lines.length > 0 || missing.length === 0) return result
  return `${result}${result.endsWith('\n') ? '' : '\n'}options ${missing.join(' ')}\n`
}

const has = (line: string, word: string, remove: readonly string[]) =>
  edited(line, { add: [word], remove }) === edited(line, { add: [], remove })

/** PURE: what an entry starts; paths are below the file system that the entry lies on. */
export function readEntry(entry: string): { kernel: string; initrds: string[]; commandLine: string } | null {
  const kernel = /^linux[ \t]+(.*\S)/m.exec(entry)?.[1]
  if (!kernel) return null
  const options = [...entry.matchAll(OPTIONS)].map((line) => line[2]!.trim())
  const initrds = [...entry.matchAll(/^initrd[ \t]+(.*\S)/gm)].flatMap(([, files]) => files!.split(/\s+/))
  return { kernel, initrds: initrdsIn(initrds), commandLine: options.join(' ') }
}

/** PURE: whether an entry takes its arguments from GRUB's environment block, as those of RHEL 8 do. */
export const usesKernelopts = (entry: string): boolean => /^options[ \t].*\$\{?kernelopts\b/m.test(entry)

/** GRUB's environment block: always so many bytes, filled with `#` (GRUB manual, "The GRUB environment block"). */
const BLOCK = 1024

/** PURE: what an environment block has for `kernelopts`; null: nothing. A backslash stands in front of itself. */
export const kerneloptsIn = (block: string): string | null =>
  /^kernelopts=(.*)$/m.exec(block)?.[1]?.replace(/\\(.)/g, '$1').trim() ?? null

/** PURE: the environment block without these arguments in `kernelopts`; as it was when it has none. */
export function editGrubenv(block: string, remove: readonly string[]): string {
  const changed = block.replace(/^(kernelopts=)(.*)$/m, (_, key: string, value: string) => {
    // a backslash stands in front of itself
    const plain = value.replace(/\\(.)/g, '$1')
    const after = edited(plain, { add: [], remove })
    return key + (after === plain ? value : after.replaceAll('\\', '\\\\'))
  })
  if (changed === block) return block
  return changed.replace(/#*$/, '').padEnd(BLOCK, '#')
}
