import { type BootFileSource, type BootFilesManifest, type FetchOptions, layBootFiles } from '../boot-files.ts'

/**
 * What firmware with Microsoft's keys starts: Debian's shim, signed by the UEFI CAs of 2011 and of 2023, and the GRUB that
 * shim starts, signed by Debian, for booting from a network and, of another build, from a disc or a stick. shim asks for GRUB by the name of Debian's build, beside
 * itself.
 */
const SIGNED: readonly BootFileSource[] = [
  {
    architecture: 'amd64',
    packages: ['shim-signed', 'grub-efi-amd64-signed'],
    files: {
      'shimx64.efi': 'usr/lib/shim/shimx64.efi.signed',
      'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
      'gcdx64.efi': 'usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed',
    },
  },
  {
    architecture: 'arm64',
    packages: ['shim-signed', 'grub-efi-arm64-signed'],
    files: {
      'shimaa64.efi': 'usr/lib/shim/shimaa64.efi.signed',
      'grubaa64.efi': 'usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed',
    },
  },
]

/** Fetches Debian's signed chain and lays it and a manifest into `outDir/shim`. */
export const fetchShim = (options: FetchOptions): Promise<BootFilesManifest> => layBootFiles('shim', SIGNED, options)
