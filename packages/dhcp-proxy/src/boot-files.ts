import { architecturesOf, type Client } from './client.ts'
import type { DeniedFile, NoBootFile, Refused } from './dhcp-reason.ts'

/** What the firmware of a machine is able to load, told from its number in option 93. */
type BootArchitecture = {
  /** number in the IANA registry "Processor Architecture Types" (RFC 4578 section 2.1, RFC 5970 section 3.3) */
  code: number
  name: string
  architecture: 'x86_64' | 'arm64' | 'other'
  firmware: 'bios' | 'bios-http' | 'uefi' | 'uefi-http' | 'other'
} & ({ binary: string } | { refused: Refused })

/**
 * Every number of the registry. The default binary can be replaced, and a refused number served after all, by
 * `bootFiles` in the settings. `snponly.efi` uses the firmware's own network driver: native iPXE drivers fail
 * on too many boards.
 */
export const ARCHITECTURES: readonly BootArchitecture[] = [
  { code: 0, name: 'x86 BIOS', architecture: 'x86_64', firmware: 'bios', binary: 'undionly.kpxe' },
  { code: 1, name: 'NEC/PC98', architecture: 'other', firmware: 'other', refused: 'deprecated' },
  { code: 2, name: 'Itanium', architecture: 'other', firmware: 'other', refused: 'no-micro-os' },
  { code: 3, name: 'DEC Alpha', architecture: 'other', firmware: 'other', refused: 'deprecated' },
  { code: 4, name: 'Arc x86', architecture: 'other', firmware: 'other', refused: 'deprecated' },
  { code: 5, name: 'Intel Lean Client', architecture: 'other', firmware: 'other', refused: 'deprecated' },
  { code: 6, name: 'x86 UEFI', architecture: 'other', firmware: 'uefi', refused: '32-bit' },
  { code: 7, name: 'x64 UEFI', architecture: 'x86_64', firmware: 'uefi', binary: 'snponly.efi' },
  { code: 8, name: 'EFI Xscale', architecture: 'other', firmware: 'uefi', refused: 'deprecated' },
  // "EBC" in the registry, x64 in RFC 4578 as first published; firmware that says 9 is x64.
  { code: 9, name: 'EBC', architecture: 'x86_64', firmware: 'uefi', binary: 'snponly.efi' },
  { code: 10, name: 'ARM 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: '32-bit' },
  { code: 11, name: 'ARM 64-bit UEFI', architecture: 'arm64', firmware: 'uefi', binary: 'ipxe-arm64.efi' },
  { code: 12, name: 'PowerPC Open Firmware', architecture: 'other', firmware: 'other', refused: 'no-micro-os' },
  { code: 13, name: 'PowerPC ePAPR', architecture: 'other', firmware: 'other', refused: 'no-micro-os' },
  { code: 14, name: 'POWER OPAL v3', architecture: 'other', firmware: 'other', refused: 'no-micro-os' },
  { code: 15, name: 'x86 UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: '32-bit' },
  { code: 16, name: 'x64 UEFI HTTP', architecture: 'x86_64', firmware: 'uefi-http', binary: 'snponly.efi' },
  { code: 17, name: 'EBC HTTP', architecture: 'x86_64', firmware: 'uefi-http', binary: 'snponly.efi' },
  { code: 18, name: 'ARM 32-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: '32-bit' },
  { code: 19, name: 'ARM 64-bit UEFI HTTP', architecture: 'arm64', firmware: 'uefi-http', binary: 'ipxe-arm64.efi' },
  { code: 20, name: 'x86 BIOS HTTP', architecture: 'x86_64', firmware: 'bios-http', binary: 'undionly.kpxe' },
  { code: 21, name: 'ARM 32-bit U-Boot', architecture: 'other', firmware: 'other', refused: 'no-micro-os' },
  { code: 22, name: 'ARM 64-bit U-Boot', architecture: 'arm64', firmware: 'other', refused: 'no-micro-os' },
  { code: 23, name: 'ARM 32-bit U-Boot HTTP', architecture: 'other', firmware: 'other', refused: 'no-micro-os' },
  { code: 24, name: 'ARM 64-bit U-Boot HTTP', architecture: 'arm64', firmware: 'other', refused: 'no-micro-os' },
  { code: 25, name: 'RISC-V 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  { code: 26, name: 'RISC-V 32-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: 'no-micro-os' },
  { code: 27, name: 'RISC-V 64-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  { code: 28, name: 'RISC-V 64-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: 'no-micro-os' },
  { code: 29, name: 'RISC-V 128-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  { code: 30, name: 'RISC-V 128-bit UEFI HTTP', architecture: 'other', firmware: 'uefi-http', refused: 'no-micro-os' },
  { code: 31, name: 's390 Basic', architecture: 'other', firmware: 'other', refused: 'no-micro-os' },
  { code: 32, name: 's390 Extended', architecture: 'other', firmware: 'other', refused: 'no-micro-os' },
  { code: 33, name: 'MIPS 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  { code: 34, name: 'MIPS 64-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  { code: 35, name: 'Sunway 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  { code: 36, name: 'Sunway 64-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  { code: 37, name: 'LoongArch 32-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  {
    code: 38,
    name: 'LoongArch 32-bit UEFI HTTP',
    architecture: 'other',
    firmware: 'uefi-http',
    refused: 'no-micro-os',
  },
  { code: 39, name: 'LoongArch 64-bit UEFI', architecture: 'other', firmware: 'uefi', refused: 'no-micro-os' },
  {
    code: 40,
    name: 'LoongArch 64-bit UEFI HTTP',
    architecture: 'other',
    firmware: 'uefi-http',
    refused: 'no-micro-os',
  },
  // Its ROM reads no file name: it loads config.txt and its own firmware from our TFTP, if the operator put them there.
  { code: 41, name: 'ARM rpiboot', architecture: 'arm64', firmware: 'other', binary: 'ipxe-arm64.efi' },
]

const byCode = new Map(ARCHITECTURES.map((row) => [row.code, row]))

/** The row of a number in option 93, or null for one that the registry did not know. */
export function bootArchitecture(code: number): BootArchitecture | null {
  return byCode.get(code) ?? null
}

/** What the numbers of option 93 are called; one that the registry did not know stays a number. */
export const architectureNames = (codes: readonly number[]): (string | number)[] =>
  codes.map((code) => byCode.get(code)?.name ?? code)

/** A boot file in place of the table's, for machines of which everything given holds. */
export type BootFileRule = {
  /** number in option 93 */
  architecture?: number
  /** option 60: its beginning, or the whole of it when it contains `*`, which stands for anything */
  vendorClass?: string
  file: string
}

/**
 * Which file a machine gets, and the number of its list that it gets it for, by which the reply's form goes. `own` when the
 * operator chose the file, not our table.
 */
export type BootFileChoice =
  | { ok: true; code: number; file: string; own: boolean }
  | { ok: false; code: number; reason: NoBootFile }

/** PXE ROMs know no path separator but `/`, and some cut a name at a space. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** Whether it may be handed out as the name of a boot file: one name of at most 64 characters, no path. */
export function isBootFileName(name: string): boolean {
  return FILE_NAME.test(name)
}

/**
 * The file for a machine. `bootFile` (the node's or its model's own) wins over the first rule that fits, that over the
 * table; of the machine's numbers the first for which there is a file (it lists what it prefers first). When there is
 * none, the reason of the first number.
 */
export function chooseBootFile(
  client: Client,
  rules: readonly BootFileRule[],
  bootFile: string | null,
): BootFileChoice {
  const chosen = chooseFromList(client, rules)
  if (bootFile === null) return chosen
  const { code } = chosen
  if (isBootFileName(bootFile)) return { ok: true, code, file: bootFile, own: true }
  return { ok: false, code, reason: { code: 'boot-file-name', slots: { file: bootFile } } }
}

function chooseFromList(client: Client, rules: readonly BootFileRule[]): BootFileChoice {
  const archs = architecturesOf(client)
  let reason: NoBootFile | undefined
  for (const code of archs) {
    for (const rule of rules) {
      if (fits(rule, code, client.vendorClass)) return { ok: true, code, file: rule.file, own: true }
    }
    const row = bootArchitecture(code)
    if (!row) reason ??= notServed(code, null, 'unknown')
    else if ('refused' in row) reason ??= notServed(code, row.name, row.refused)
    else if (row.firmware.endsWith('-http') && client.kind === 'pxe') {
      reason ??= notServed(code, row.name, 'for-http-boot')
    } else return { ok: true, code, file: row.binary, own: false }
  }
  return { ok: false, code: archs[0] ?? -1, reason: reason ?? notServed(null, null, 'unknown') }
}

type NotServed = Extract<NoBootFile, { code: 'architecture-not-served' }>

function notServed(number: number | null, architecture: string | null, fault: NotServed['slots']['fault']): NotServed {
  return { code: 'architecture-not-served', slots: { number, architecture, fault } }
}

function fits({ architecture, vendorClass }: BootFileRule, code: number, said: string): boolean {
  if (architecture !== undefined && architecture !== code) return false
  return vendorClass === undefined || isVendorClass(vendorClass, said)
}

/** Whether a rule's vendor class means what a client said in option 60: its beginning, or the whole with `*`. */
export function isVendorClass(wanted: string, said: string): boolean {
  return wanted.includes('*') ? matchesGlob(wanted, said) : said.startsWith(wanted)
}

/** `*` stands for any characters, also none. Linear for each star, whatever a client sends (no regular expression). */
export function matchesGlob(glob: string, text: string): boolean {
  const parts = glob.split('*')
  const last = parts.pop()!
  const first = parts.shift()
  if (first === undefined) return text === glob
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (const part of parts) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}

/**
 * The file name that a machine is told when it may not boot from the network: no such file exists. It stands on the
 * machine's screen and in the TFTP log, so it says why; TFTP and HTTP refuse it by `readDeniedFile`, and the firmware
 * fails at once where silence would keep it waiting for minutes.
 */
const DENIED = 'netboot-denied'
/** The name must fit `file` with `<mac>/` before it, and a screen of 80 columns beside the firmware's own words. */
const SLUG_MAX = 48

/** `netboot-denied-returned-to-the-vendor` for `Returned to the vendor!`; the bare prefix when nothing can be said. */
export function deniedFile(why: string): string {
  const slug = why
    .slice(0, 4 * SLUG_MAX)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_MAX)
    .replace(/^-+|-+$/g, '')
  return slug ? `${DENIED}-${slug}` : DENIED
}

/** What `deniedFile` put into a file's name, or a URL's path with or without folders; null for any other name. */
export function readDeniedFile(name: string): DeniedFile | null {
  const found = /(?:^|\/)netboot-denied(?:-([a-z0-9-]*))?$/.exec(name)
  return found && { code: 'denied-file', slots: { text: (found[1] ?? '').replaceAll('-', ' ') } }
}
