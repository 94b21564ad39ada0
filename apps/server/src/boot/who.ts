import { type Architecture, type BootIdentity, type BootQuery, Serial, Uuid } from '@eims/contracts'
import type { z } from 'zod'

/** iPXE's ${buildarch} names the binary, not the processor: a BIOS build is i386 on a 64-bit machine as well. */
const architectures = new Map<string, Architecture>([
  ['i386', 'x86_64'],
  ['x86_64', 'x86_64'],
  ['arm64', 'arm64'],
])

const orNothing = <T extends z.ZodType>(schema: T, value: string | undefined): z.output<T> | undefined => {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

/** What firmware said of itself, as an identity; what does not parse is left out. */
export function whoAsks(query: BootQuery): BootIdentity {
  const uuid = orNothing(Uuid, query.uuid)
  const serial = orNothing(Serial, query.serial)
  return {
    identity: {
      macs: query.mac ? [query.mac] : [],
      ...(uuid ? { uuid } : {}),
      ...(serial ? { serial } : {}),
      ...(query.manufacturer ? { manufacturer: query.manufacturer } : {}),
      ...(query.product ? { product: query.product } : {}),
    },
    bootMac: query.mac ?? null,
    architecture: architectures.get(query.arch ?? '') ?? null,
    firmware: query.platform === 'efi' ? 'uefi' : query.platform === 'pcbios' ? 'bios' : null,
  }
}
