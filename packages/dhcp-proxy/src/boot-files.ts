import { bootArchitecture } from './architectures.ts'
import type { Client } from './client.ts'
import { isRaspberryPi, RASPBERRY_PI_BOOT } from './raspberry-pi.ts'

/** A boot file in place of the table's, for machines of which everything given holds. */
export type BootFileRule = {
  /** number in option 93 */
  architecture?: number
  /** option 60: its beginning, or the whole of it when it contains `*`, which stands for anything */
  vendorClass?: string
  file: string
}

/** What the machine's firmware is, and which file it gets. `own` when the operator chose it, not our table. */
export type BootFileChoice =
  | { ok: true; code: number; file: string; own: boolean }
  | { ok: false; code: number; reason: string }

/** PXE ROMs know no path separator but `/`, and some cut a name at a space. */
const FILE_NAME = /^[A-Za-z0-9._-]{1,100}$/

/** Whether it may be handed out as the name of a boot file: one name, no path. */
export function isBootFileName(name: string): boolean {
  return FILE_NAME.test(name) && name !== '.' && name !== '..'
}

/** The numbers of option 93, but a Raspberry Pi's ROM by its true name: it calls itself an x86 BIOS. */
export function architecturesOf(client: Client): readonly number[] {
  return isRaspberryPi(client) ? [RASPBERRY_PI_BOOT] : client.archs
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
  const archs = architecturesOf(client)
  const first = archs[0] ?? -1
  if (bootFile !== null) {
    if (isBootFileName(bootFile)) return { ok: true, code: first, file: bootFile, own: true }
    return { ok: false, code: first, reason: `its boot file ${JSON.stringify(bootFile)} is no plain file name` }
  }
  let reason: string | undefined
  for (const code of archs) {
    for (const rule of rules) {
      if (fits(rule, code, client.vendorClass)) return { ok: true, code, file: rule.file, own: true }
    }
    const row = bootArchitecture(code)
    if (row && 'refused' in row) reason ??= `architecture ${code} (${row.name}) ${row.refused}`
    else if (!row) reason ??= `architecture ${code} is unknown`
    else if (row.firmware === 'uefi-http' && client.kind === 'pxe') {
      reason ??= `architecture ${code} (${row.name}) is for HTTP boot, and it asks for PXE boot`
    } else return { ok: true, code, file: row.binary, own: false }
  }
  return { ok: false, code: first, reason: reason ?? 'it lists no architecture' }
}

function fits({ architecture, vendorClass }: BootFileRule, code: number, said: string): boolean {
  if (architecture !== undefined && architecture !== code) return false
  if (vendorClass === undefined) return true
  return vendorClass.includes('*') ? matchesGlob(vendorClass, said) : said.startsWith(vendorClass)
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
