import { z } from 'zod'
import { Architecture, Firmware } from './architecture.ts'
import { Mac, MachineIdentity } from './identity.ts'
import { Reason } from './reason.ts'

/**
 * What GET /boot/script is told, in plain text. Everything comes from firmware, so what does not parse
 * is dropped (becomes undefined) instead of refusing to answer a machine.
 */
const lenient = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional()).catch(undefined)

export const BootQuery = z.object({
  mac: lenient(Mac),
  uuid: lenient(z.string().trim().max(64)),
  serial: lenient(z.string().trim().max(128)),
  manufacturer: lenient(z.string().trim().max(256)),
  product: lenient(z.string().trim().max(256)),
  /** iPXE's ${buildarch}: i386, x86_64, arm32, arm64 */
  arch: lenient(z.string().max(16)),
  /** iPXE's ${platform}: pcbios or efi */
  platform: lenient(z.string().max(16)),
})
export type BootQuery = z.infer<typeof BootQuery>

/** Who asks, after the query was read: what BootDecider gets. */
export const BootIdentity = z.object({
  identity: MachineIdentity,
  bootMac: Mac.nullable(),
  architecture: Architecture.nullable(),
  firmware: Firmware.nullable(),
})
export type BootIdentity = z.infer<typeof BootIdentity>

/** The one decision about a machine that asks what to boot (packages/workflow judges it). */
export const BootDecision = z.discriminatedUnion('kind', [
  /** into the Micro-OS: a run is there or will be made */
  z.object({
    kind: z.literal('provision'),
    /** null: nobody registered it, it becomes a node when its agent onboards */
    nodeId: z.string().nullable(),
    architecture: Architecture,
    kernelArgs: z.string(),
    reason: Reason,
  }),
  /** boot what is on the disk */
  z.object({ kind: z.literal('local-disk'), nodeId: z.string().nullable(), reason: Reason }),
  /** `micro-os`: wait there for a person; `firmware`: ask again from the boot script */
  z.object({
    kind: z.literal('wait'),
    where: z.enum(['micro-os', 'firmware']),
    nodeId: z.string().nullable(),
    architecture: Architecture.nullable(),
    reason: Reason,
    retrySeconds: z.number().int().positive(),
  }),
  /** show the reason and go to the next boot device */
  z.object({ kind: z.literal('refused'), nodeId: z.string().nullable(), reason: Reason }),
])
export type BootDecision = z.infer<typeof BootDecision>

/** Query of GET /boot/failed: a boot script, or the Micro-OS, tells which download failed before it tries again. */
export const BootFailedQuery = z.object({
  mac: lenient(Mac),
  uuid: lenient(z.string().trim().max(64)),
  serial: lenient(z.string().trim().max(128)),
  stage: z
    .enum(['tls', 'script', 'kernel', 'initrd', 'site', 'boot', 'runtime-refused', 'runtime-missing'])
    .catch('boot'),
  /** GRUB says that it is GRUB, and knows no numbers */
  by: lenient(z.enum(['grub'])),
  /** iPXE's ${errno} as hexadecimal text */
  errno: lenient(z.string().regex(/^[0-9a-f]{1,32}$/i)),
})
export type BootFailedQuery = z.infer<typeof BootFailedQuery>
