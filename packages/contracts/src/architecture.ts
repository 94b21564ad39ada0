import { z } from 'zod'
import { named } from './component.ts'

/** Processor architecture of a machine, an image, a Micro-OS or a boot file. */
export const Architecture = z.enum(['x86_64', 'arm64'])
export type Architecture = z.infer<typeof Architecture>

/** How a machine's firmware boots: legacy BIOS or UEFI. */
export const Firmware = z.enum(['bios', 'uefi'])
export type Firmware = z.infer<typeof Firmware>

named({ Architecture, Firmware })
