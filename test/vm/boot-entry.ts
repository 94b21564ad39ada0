import type { Bench } from './bench.ts'

const DIR = '/sys/firmware/efi/efivars'
const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c'

/** The description of the boot entry by which the firmware came to the running OS, from the machine's EFI variables. */
export async function bootedEntry(bench: Bench, mac: string): Promise<string> {
  // efivarfs puts four attribute bytes in front
  const variable = async (name: string) =>
    Buffer.from(await bench.ssh(mac, `sudo base64 -w0 ${DIR}/${name}-${GLOBAL}`), 'base64').subarray(4)
  await bench.ssh(mac, `mountpoint -q ${DIR} || sudo mount -t efivarfs efivarfs ${DIR}`)
  const number = (await variable('BootCurrent')).readUInt16LE(0)
  return descriptionOf(await variable(`Boot${number.toString(16).toUpperCase().padStart(4, '0')}`))
}

/** UEFI 2.10 section 3.1.3: u32 attributes, u16 length of the device path, then the description in UTF-16 with a NUL. */
const descriptionOf = (option: Buffer): string => option.toString('utf16le', 6).split('\0')[0] ?? ''
