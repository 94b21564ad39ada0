import { createReadStream, existsSync, type ReadStream, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Architecture } from '@eims/contracts'

/** Micro-OS and boot files on disk, as deploy/artifacts.ts lays them out: `<arch>/vmlinuz`, `<arch>/initrd.zst`, `ipxe/*`. */
export interface Artifacts {
  /** architectures whose Micro-OS is there */
  microOs(): Architecture[]
  /** kernel or initrd of an architecture */
  microOsFile(architecture: Architecture, name: 'vmlinuz' | 'initrd.zst'): { size(): number; stream(): ReadStream }
  /** a boot file by its bare name, or null */
  bootFile(
    name: string,
  ): Promise<{ size: number; read(offset: number, length: number): Promise<Uint8Array>; close(): Promise<void> } | null>
}

const bootFileName = /^[a-z0-9][a-z0-9._-]{0,63}$/i

/** @param dir the artifacts folder; nothing outside of it is ever opened */
export function openArtifacts(dir: string): Artifacts {
  return {
    microOs: () =>
      Architecture.options.filter((architecture) =>
        ['vmlinuz', 'initrd.zst'].every((name) => existsSync(join(dir, architecture, name))),
      ),
    microOsFile(architecture, name) {
      const path = join(dir, architecture, name)
      return { size: () => statSync(path).size, stream: () => createReadStream(path) }
    },
    async bootFile(name) {
      if (!bootFileName.test(name)) return null
      const file = await open(join(dir, 'ipxe', name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      if (!file) return null
      const { size } = await file.stat()
      return {
        size,
        async read(offset, length) {
          const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset)
          return buffer.subarray(0, bytesRead)
        },
        close: () => file.close(),
      }
    },
  }
}
