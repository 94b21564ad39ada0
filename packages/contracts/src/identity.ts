import { z } from 'zod'

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

/** A serial number as the vendor prints it: trimmed, printable, at most 128 characters. Compared without case. */
export const Serial = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(128, 'is longer than 128 characters')
  .regex(/^[\x20-\x7e]+$/, 'holds characters that no vendor prints on a label (only printable ASCII)')

/** Free text out of SMBIOS (manufacturer, product); bounded, never trusted. */
export const SmbiosText = z.string().trim().max(256)

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
