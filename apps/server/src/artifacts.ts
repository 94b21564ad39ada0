import { createReadStream, existsSync, type ReadStream, statSync } from 'node:fs'
import { join } from 'node:path'
import { Architecture } from '@eims/contracts'
import { fileCache, type OpenFile } from '@eims/tftp'
import { ipxeShimIn } from './signed-chain.ts'

/** Micro-OS and boot files on disk, as deploy/artifacts.ts lays them out: `<arch>/vmlinuz`, `<arch>/initrd.zst`, `ipxe/*`, `shim/*`. */
export interface Artifacts {
  /** architectures whose Micro-OS is there */
  microOs(): Architecture[]
  /** kernel or initrd of an architecture */
  microOsFile(architecture: Architecture, name: 'vmlinuz' | 'initrd.zst'): { size(): number; stream(): ReadStream }
  /** where archives of tools that a Micro-OS fetches by their digests are, one of which need be there */
  toolFiles(digest: string): string[]
  /** a boot file by its bare name, or null */
  bootFile(name: string): Promise<OpenFile | null>
  /** iPXE's own signed shim, when it and its iPXE are in the operator's folder */
  ipxeShim: () => string | null
}

const bootFileName = /^[a-z0-9][a-z0-9._-]{0,63}$/i

/**
 * @param dir  the artifacts folder
 * @param own  a folder of the operator's own boot files (signed ones, say), which go before ours of the same name
 * Only files that lie in one of the two under their bare name are opened, or what a symbolic link there leads to:
 * whoever may put files there may put links.
 */
export function openArtifacts(dir: string, own?: string): Artifacts {
  const bootDirs = [...(own ? [own] : []), join(dir, 'ipxe'), join(dir, 'shim')]
  const cache = fileCache()
  return {
    ipxeShim: () => (own ? ipxeShimIn((name) => existsSync(join(own, name))) : null),
    microOs: () =>
      Architecture.options.filter((architecture) =>
        ['vmlinuz', 'initrd.zst'].every((name) => existsSync(join(dir, architecture, name))),
      ),
    microOsFile(architecture, name) {
      const path = join(dir, architecture, name)
      return { size: () => statSync(path).size, stream: () => createReadStream(path) }
    },
    toolFiles: (digest) => Architecture.options.map((architecture) => join(dir, architecture, 'tools', digest)),
    async bootFile(name) {
      if (!bootFileName.test(name)) return null
      for (const bootDir of bootDirs) {
        const file = await cache.open(join(bootDir, name))
        if (file) return file
      }
      return null
    },
  }
}
