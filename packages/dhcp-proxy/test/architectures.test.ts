import t from 'tap'
import { ARCHITECTURES, bootArchitecture } from '../src/index.ts'

// Promise: the table is the registry, 0 to 41 without a hole, and serves exactly these.

t.same(
  ARCHITECTURES.map((row) => row.code),
  Array.from({ length: 42 }, (_, code) => code),
)
t.same(
  ARCHITECTURES.flatMap((row) => ('binary' in row ? [[row.code, row.architecture, row.firmware, row.binary]] : [])),
  [
    [0, 'x86_64', 'bios', 'undionly.kpxe'],
    [7, 'x86_64', 'uefi', 'snponly.efi'],
    [9, 'x86_64', 'uefi', 'snponly.efi'],
    [11, 'arm64', 'uefi', 'ipxe-arm64.efi'],
    [16, 'x86_64', 'uefi-http', 'snponly.efi'],
    [17, 'x86_64', 'uefi-http', 'snponly.efi'],
    [19, 'arm64', 'uefi-http', 'ipxe-arm64.efi'],
    [20, 'x86_64', 'bios-http', 'undionly.kpxe'],
    [41, 'arm64', 'other', 'ipxe-arm64.efi'],
  ],
)
t.equal(bootArchitecture(41)?.name, 'ARM rpiboot')
t.equal(bootArchitecture(42), null)
