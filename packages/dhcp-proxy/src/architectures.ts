/** What the firmware of a machine is able to load, told from its number in option 93. */
export type BootArchitecture = {
  /** number in the IANA registry "Processor Architecture Types" (RFC 4578 section 2.1, RFC 5970 section 3.3) */
  code: number
  name: string
  architecture: 'x86_64' | 'arm64' | 'other'
  firmware: 'bios' | 'bios-http' | 'uefi' | 'uefi-http' | 'other'
} & ({ binary: string } | { refused: string })

const OLD = 'is deprecated by IANA and has no current iPXE'
const NONE = 'has no Micro-OS here'
const NARROW = 'is 32-bit firmware, which cannot load the 64-bit binaries'

/**
 * Every number of the registry. The default binary can be replaced, and a refused number served after all, by
 * `bootFiles` in the settings. `snponly.efi` uses the firmware's own network driver: native iPXE drivers fail
 * on too many boards.
 */
export const ARCHITECTURES: readonly BootArchitecture[] = [
  { code: 0, name: 'x86 BIOS', architecture: 'x86_64', firmware: 'bios', binary: 'undionly.kpxe' },
  { code: 1, name: 'NEC/PC98', architecture: 'other', firmware: 'other', refused: OLD },
  { code: 2, name: 'Itanium', architecture: 'other', firmware: 'other', refused: NONE },
  { code: 3, name: 'DEC Alpha', architecture: 'other', firmware: 'other', refused: OLD },
  { code: 4, name: 'Arc x86', architecture: 'other', firmware: 'other', refused: OLD },
  { code: 5, name: 'Intel Lean Client', architecture: 'other', firmware: 'other', refused: OLD },
  { code: 6, name: 'x86 UEFI', architecture: 'other', firmware: 'uefi', refused: NARROW },
  { code: 7, name: 'x64 UEFI', architecture: 'x86_64', firmware: 'uefi', binary: 'snponly.efi' },
  { code: 8, name: 'EFI Xscale', architecture: 'other', firmware: 'uefi', refused: OLD },
  // "EBC" in the registry, x64 in RFC 4578 as first published; firmware that says 9 is x64.
  { code: 9, name: 'EBC', architecture: 'x86_64', firmware: 'uefi', binary: 'snponly.efi' },
  { code: 10, name: 'ARM 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NARROW },
  { code: 11, name: 'ARM 64-bit UEFI', architecture: 'arm64', firmware: 'uefi', binary: 'ipxe-arm64.efi' },
  { code: 12, name: 'PowerPC Open Firmware', architecture: 'other', firmware: 'other', refused: NONE },
  { code: 13, name: 'PowerPC ePAPR', architecture: 'other', firmware: 'other', refused: NONE },
  { code: 14, name: 'POWER OPAL v3', architecture: 'other', firmware: 'other', refused: NONE },
  { code: 15, name: 'x86 UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: NARROW },
  { code: 16, name: 'x64 UEFI HTTP', architecture: 'x86_64', firmware: 'uefi-http', binary: 'snponly.efi' },
  { code: 17, name: 'EBC HTTP', architecture: 'x86_64', firmware: 'uefi-http', binary: 'snponly.efi' },
  { code: 18, name: 'ARM 32-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: NARROW },
  { code: 19, name: 'ARM 64-bit UEFI HTTP', architecture: 'arm64', firmware: 'uefi-http', binary: 'ipxe-arm64.efi' },
  { code: 20, name: 'x86 BIOS HTTP', architecture: 'x86_64', firmware: 'bios-http', binary: 'undionly.kpxe' },
  { code: 21, name: 'ARM 32-bit U-Boot', architecture: 'other', firmware: 'other', refused: NONE },
  { code: 22, name: 'ARM 64-bit U-Boot', architecture: 'arm64', firmware: 'other', refused: NONE },
  { code: 23, name: 'ARM 32-bit U-Boot HTTP', architecture: 'other', firmware: 'other', refused: NONE },
  { code: 24, name: 'ARM 64-bit U-Boot HTTP', architecture: 'arm64', firmware: 'other', refused: NONE },
  { code: 25, name: 'RISC-V 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 26, name: 'RISC-V 32-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: NONE },
  { code: 27, name: 'RISC-V 64-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 28, name: 'RISC-V 64-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: NONE },
  { code: 29, name: 'RISC-V 128-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 30, name: 'RISC-V 128-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: NONE },
  { code: 31, name: 's390 Basic', architecture: 'other', firmware: 'other', refused: NONE },
  { code: 32, name: 's390 Extended', architecture: 'other', firmware: 'other', refused: NONE },
  { code: 33, name: 'MIPS 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 34, name: 'MIPS 64-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 35, name: 'Sunway 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 36, name: 'Sunway 64-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 37, name: 'LoongArch 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 38, name: 'LoongArch 32-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: NONE },
  { code: 39, name: 'LoongArch 64-bit UEFI', architecture: 'other', firmware: 'uefi', refused: NONE },
  { code: 40, name: 'LoongArch 64-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: NONE },
  // Its ROM reads no file name: it loads config.txt and its own firmware from our TFTP, if the operator put them there.
  { code: 41, name: 'ARM rpiboot', architecture: 'arm64', firmware: 'other', binary: 'ipxe-arm64.efi' },
]

const byCode = new Map(ARCHITECTURES.map((row) => [row.code, row]))

/** The row of a number in option 93, or null for one that the registry did not know. */
export function bootArchitecture(code: number): BootArchitecture | null {
  return byCode.get(code) ?? null
}
