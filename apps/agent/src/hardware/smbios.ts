import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MachineIdentity, Serial, SmbiosText, textOfBytes, Uuid } from '@eims/contracts'
import type { z } from 'zod'

/** A sysfs attribute, trimmed; null when it is absent, unreadable or empty. */
export function attribute(...path: string[]): string | null {
  try {
    const text = textOfBytes(readFileSync(join(...path)))
      .replaceAll('\0', '')
      .trim()
    return text === '' ? null : text
  } catch {
    return null
  }
}

function valid<T extends z.ZodType>(schema: T, text: string | null): z.output<T> | undefined {
  const parsed = schema.safeParse(text ?? undefined)
  return parsed.success ? parsed.data : undefined
}

/**
 * Who this machine says it is (SMBIOS type 1, by the kernel). Placeholders are passed on as they are:
 * which values identify anything is the server's decision. What breaks the wire's rules is left out.
 */
export function readIdentity(sysRoot: string, macs: string[]): MachineIdentity {
  const dmi = (name: string) => attribute(sysRoot, 'class/dmi/id', name)
  const found = {
    uuid: valid(Uuid, dmi('product_uuid')),
    serial: valid(Serial, dmi('product_serial')),
    manufacturer: valid(SmbiosText, dmi('sys_vendor')),
    product: valid(SmbiosText, dmi('product_name')),
  }
  const present = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
  return MachineIdentity.parse({ ...present, macs: macs.slice(0, 64) })
}

/** The firmware's own vendor and version. */
export function readBios(sysRoot: string): { biosVendor: string | null; biosVersion: string | null } {
  const dmi = (name: string) => valid(SmbiosText, attribute(sysRoot, 'class/dmi/id', name)) ?? null
  return { biosVendor: dmi('bios_vendor'), biosVersion: dmi('bios_version') }
}
