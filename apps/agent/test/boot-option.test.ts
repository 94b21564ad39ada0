import { guidToBytes } from '@eims/contracts'
import t from 'tap'
import { decodeBootOption, diskBootOption, encodeBootOption } from '../src/firmware/boot-option.ts'

// Out of the variables of OVMF (EDK2, Debian 12) after one start with an AHCI disk and a virtio NIC.
const captured: [name: string, description: string, hex: string][] = [
  [
    'the boot menu',
    'UiApp',
    '090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea3ee4af6516a10406140021aa2c4614760345836e8ab6f46623317fff0400',
  ],
  [
    'an AHCI disk, with optional data',
    'UEFI QEMU HARDDISK QM-77 ',
    '01000000200055004500460049002000510045004d005500200048004100520044004400490053004b00200051004d002d00370037002000000002010c00' +
      'd041030a0000000001010600021f03120a000500ffff00007fff04004eac0881119f594d850ee21a522c59b2',
  ],
  [
    'PXE over a NIC',
    'UEFI PXEv4 (MAC:525400123456)',
    '0100000056005500450046004900200050005800450076003400200028004d00410043003a00350032003500340030003000310032003300340035003600' +
      '2900000002010c00d041030a00000000010106000002030b2500525400123456000000000000000000000000000000000000000000000000000001030c1b' +
      '0000000000000000000000000000000000000000000000007fff04004eac0881119f594d850ee21a522c59b2',
  ],
]
for (const [name, description, hex] of captured)
  await t.test(`${name} decodes and encodes to the same bytes`, async (t) => {
    const option = decodeBootOption(Buffer.from(hex, 'hex'))!
    t.equal(option.description, description)
    t.equal(option.devicePath.toString('hex', option.devicePath.length - 4), '7fff0400')
    t.equal(encodeBootOption(option).toString('hex'), hex)
  })

await t.test('an entry for a disk, byte by byte', async (t) => {
  const signature = guidToBytes('f6b98b27-a859-bc40-870b-58b1b3907412')
  const partition = { number: 2, first: 4096, sectors: 131072, table: 'gpt' as const, signature }
  const bytes = encodeBootOption(diskBootOption('eims', partition, '\\EFI\\BOOT\\BOOTX64.EFI'))
  t.equal(
    bytes.toString('hex'),
    [
      '01000000', // active
      '5e00', // bytes of the device path
      '650069006d0073000000', // eims
      '04012a00', // media, hard drive, 42 bytes
      '02000000', // partition 2
      '0010000000000000', // first sector
      '0000020000000000', // sectors
      '278bb9f659a840bc870b58b1b3907412', // its GUID
      '0202', // GPT, GUID
      '04043000', // media, file path, 48 bytes
      '5c004500460049005c0042004f004f0054005c0042004f004f0054005800360034002e004500460049000000',
      '7fff0400', // end
    ].join(''),
  )
})

await t.test('what is no entry', async (t) => {
  t.equal(decodeBootOption(Buffer.alloc(0)), null)
  t.equal(decodeBootOption(Buffer.from('01000000ff00650000000401', 'hex')), null, 'a path longer than the variable')
  t.equal(decodeBootOption(Buffer.from('0100000000006500650065006500', 'hex')), null, 'a description without an end')
})
