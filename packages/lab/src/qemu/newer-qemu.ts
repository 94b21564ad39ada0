import { join } from 'node:path'
import { fetchDebianTree, fromTree } from '../debian-tree.ts'

/** An emulator that is not the host's own. */
export interface Qemu {
  /** what stands before the arguments of a machine */
  command: [string, ...string[]]
  /** the directory with efi-e1000e.rom and its siblings */
  nicRomDir: string
}

/**
 * Fetches Debian 13's QEMU for x86_64 machines, also on a Debian 12 host. It emulates a first boot in four fifths of the
 * time that Debian 12's (7.2) takes, and its UEFI drivers of NICs (ipxe-qemu) leave booting to OVMF's own PXE client, where
 * Debian 12's start iPXE instead.
 * @param cacheDir it is kept here; the network is asked only once
 */
export async function fetchQemu(cacheDir: string): Promise<Qemu> {
  const packages = ['qemu-system-x86', 'qemu-system-data', 'seabios', 'ipxe-qemu']
  const tree = { cacheDir, name: 'qemu-trixie', release: 'trixie', packages, withDependencies: true } as const
  const root = await fetchDebianTree(tree)
  const folders = ['usr/share/qemu', 'usr/share/seabios'].map((folder) => join(root, folder))
  const [program, ...rest] = fromTree(root, 'usr/bin/qemu-system-x86_64')
  return { command: [program, ...rest, ...folders.flatMap((folder) => ['-L', folder])], nicRomDir: folders[0]! }
}
