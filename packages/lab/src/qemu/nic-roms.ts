import { join } from 'node:path'
import { fetchDebianTree } from '../debian-tree.ts'

/**
 * Fetches Debian 13's UEFI drivers for QEMU's NICs (package ipxe-qemu), also on a Debian 12 host: those give OVMF a
 * driver and leave booting to OVMF's own PXE client, while Debian 12's start iPXE instead.
 * @param cacheDir they are kept here; the network is asked only once
 * @returns the directory with efi-e1000e.rom and its siblings
 */
export async function fetchNicRoms(cacheDir: string): Promise<string> {
  const tree = { cacheDir, name: 'nic-roms-trixie', release: 'trixie', packages: ['ipxe-qemu'] } as const
  return join(await fetchDebianTree(tree), 'usr/share/qemu')
}
