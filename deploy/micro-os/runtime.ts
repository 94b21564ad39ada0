import type { Entry } from './cpio.ts'

/** Where the machine mounts the runtime. */
export const RUNTIME = 'eims/runtime'

/** An archive beside the Micro-OS that its initrd fetches before anything else. */
export interface RuntimeFacts {
  readonly sha256: string
  /** bytes */
  readonly size: number
}

/** `/eims/runtime.digest` of the initrd, which binds the two: digest and size for a shell's `read`. */
export const runtimeDigest = ({ sha256, size }: RuntimeFacts): string => `${sha256} ${size}\n`

/**
 * What is in the runtime as the initrd has it: links that lead nowhere before it is mounted, so that each file has the place
 * that it would have without.
 */
export const linksInto = (paths: Iterable<string>): Entry[] =>
  [...paths].map((path) => ({ path, kind: 'link', target: `/${RUNTIME}/${path}` }))

/**
 * Whether a file below /lib/firmware comes with the runtime: when only drivers ask for it that do so as well. What none says
 * that it asks for may be for a NIC.
 * @param file its path there, also with the ending of one that is packed
 */
export function isLaterFirmware(
  file: string,
  modules: readonly { readonly name: string; readonly firmware: readonly string[] }[],
  first: ReadonlySet<string>,
): boolean {
  const plain = file.replace(/\.(xz|zst)$/, '')
  const asking = modules.filter(({ firmware }) => firmware.includes(plain) || firmware.includes(file))
  return asking.length > 0 && asking.every(({ name }) => !first.has(name))
}
