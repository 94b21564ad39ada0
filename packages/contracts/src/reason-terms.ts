import type { SlotsOf } from './reason.ts'

/*
 * What the values of slots are called, in English: the small tables that the sentences of reason-words.ts are made with.
 */

export const tlsCauses: Record<SlotsOf<'ipxe-tls-failed'>['cause'], string> = {
  expired: 'the server’s certificate has expired, or is not valid yet by the machine’s clock',
  'other-ca': 'the server’s certificate is of a CA that the machine was not told to trust',
  'other-name': 'the server’s certificate does not name the address that the machine called',
  'no-chain': 'no certificate that the server shows leads to a CA that the machine was told to trust',
  untrusted: 'the server’s certificate is not trusted',
  'not-booted': 'the iPXE that HTTP boot leads to could not boot over TLS; the lines above on its screen say why',
  'no-answer': 'the server’s TLS port does not answer',
  failed: 'the TLS connection failed',
}

export const httpsOnlyClients: Record<SlotsOf<'https-only'>['client'], string> = {
  'plain-http': 'and this machine came by plain HTTP (its firmware or iPXE may know no HTTPS)',
  'ipxe-without-https': 'and this iPXE has none',
  'ipxe-without-ca': 'and this iPXE cannot know its CA',
  bios: 'and no iPXE for BIOS knows its CA',
}

export const finishes: Record<SlotsOf<'finished'>['finish'], string> = {
  reboot: 'is provisioned',
  poweroff: 'is finished (poweroff)',
  hold: 'is finished (hold)',
}

const clashes: Record<SlotsOf<'other-disk-clashes'>['names'][number]['kind'], string> = {
  label: 'label',
  uuid: 'file system UUID',
  partition: 'partition GUID',
  'partition-label': 'partition label',
  disk: 'disk ID',
}

export function namesOnDisk(names: SlotsOf<'other-disk-clashes'>['names']): string {
  const first = names.slice(0, 4).map(({ kind, value }) => `${clashes[kind]} ${value}`)
  return first.join(', ') + (names.length > 4 ? ` and ${names.length - 4} more` : '')
}

export const clashRemedies: Record<SlotsOf<'other-disk-clashes'>['cannot'], string> = {
  'not-allowed': 'take it out, clear it, or allow that disks are overwritten',
  'not-written': 'it is removable or read-only; take it out',
  shared: 'it holds other partitions too, so its table stays; take it out, or give it new GUIDs (sgdisk -G) and labels',
  container: 'it is LUKS or LVM, which is not taken apart; take it out, or clear it',
}

export const gptFaults: Record<NonNullable<SlotsOf<'gpt-damaged'>['backup']>, string> = {
  'no-header': 'there is no header where one belongs',
  'of-another-table': 'it belongs to another table',
  'header-size': 'its header says a length that no header has',
  entries: 'it has entries of a number or size that no table has',
  'header-checksum': 'the checksum of its header is wrong',
  'entries-checksum': 'the checksum of its entries is wrong',
  'beyond-disk': 'its entries lie beyond the end of the disk',
}

export const tableFaults: Record<SlotsOf<'image-table-damaged'>['fault'], string> = {
  'header-checksum': 'the checksum of its header is wrong',
  'entries-checksum': 'the checksum of its entries is wrong',
  'beyond-image': 'a partition ends beyond the image',
  reversed: 'a partition ends before it begins',
  overlap: 'two partitions overlap',
  'backup-missing': 'the backup of its GPT does not stand at its end',
}

export const architectureFaults: Record<SlotsOf<'architecture-not-served'>['fault'], string> = {
  deprecated: 'is deprecated by IANA and has no current iPXE',
  'no-micro-os': 'has no Micro-OS here',
  '32-bit': 'is 32-bit firmware, which cannot load the 64-bit binaries',
  'for-http-boot': 'is for HTTP boot, and it asks for PXE boot',
  unknown: 'is unknown',
}

export const fileNameFaults: Record<SlotsOf<'tftp-name'>['fault'], string> = {
  'not-ascii': 'has bytes that are not printable ASCII',
  'too-long': 'is longer than 255 bytes',
  'leaves-folder': 'leaves its folder (..)',
  empty: 'is empty',
}

export const imageFormats: Record<SlotsOf<'image-format'>['format'], string> = {
  vhd: 'a VHD image',
  vhdx: 'a VHDX image',
  vmdk: 'a VMDK image',
  vdi: 'a VDI image',
  iso: 'an ISO 9660 installer medium, not a disk',
  bz2: 'a bzip2 file',
  lz4: 'an LZ4 file',
  zip: 'a zip archive',
  '7z': 'a 7z archive',
  tar: 'a tar archive',
  ova: 'an OVA (a tar archive of a virtual machine)',
}
