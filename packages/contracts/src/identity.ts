import { z } from 'zod'
import { named } from './component.ts'

const macPattern = /^(?:[0-9a-f]{2}([:-]?)(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})$/i

/** An Ethernet address in any usual notation (`:`, `-`, Cisco dots, none); comes out as `52:54:00:aa:00:01`. */
export const Mac = z
  .string()
  .trim()
  .regex(macPattern, 'is not a MAC address; write it like 52:54:00:aa:00:01')
  .transform((text) =>
    (
      text
        .toLowerCase()
        .replace(/[^0-9a-f]/g, '')
        .match(/../g) ?? []
    ).join(':'),
  )

const uuidPattern = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/** An SMBIOS system UUID as text; comes out in lower case with hyphens. */
export const Uuid = z
  .string()
  .trim()
  .regex(uuidPattern, 'is not a UUID; write it like 11111111-2222-3333-4444-555555555555')
  .transform((text) =>
    text
      .toLowerCase()
      .replaceAll('-', '')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  )

/**
 * A serial number as the vendor prints it: trimmed, printable, at most 128 characters. Compared without case and without
 * regard to how Unicode writes a letter, in which it comes out composed (NFC).
 */
export const Serial = z
  .string()
  .normalize('NFC')
  .trim()
  .min(1, 'is empty')
  .max(128, 'is longer than 128 characters')
  .regex(/^[^\p{C}\p{Zl}\p{Zp}\uFFFD]+$/u, 'holds characters that cannot be printed on a label')

/** Free text out of SMBIOS (manufacturer, product); bounded, never trusted. */
export const SmbiosText = z.string().normalize('NFC').trim().max(256)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * PURE: the text of bytes that firmware or a device gave. SMBIOS names no encoding: what is not UTF-8 throughout is taken
 * for Latin-1. Firmware (iPXE) and agent (sysfs) hand on the same bytes, so both say the same text.
 */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  }
}

/**
 * What a machine says of itself, as first heard: any part may be missing or a placeholder.
 * Deciding which parts identify anything is the registry's identity matching.
 */
export const MachineIdentity = z.object({
  uuid: Uuid.optional(),
  serial: Serial.optional(),
  macs: z.array(Mac).max(64).default([]),
  manufacturer: SmbiosText.optional(),
  product: SmbiosText.optional(),
})
export type MachineIdentity = z.infer<typeof MachineIdentity>

named({ MachineIdentity })
