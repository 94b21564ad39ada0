import type { Architecture, Firmware } from './architecture.ts'
import { bootedLoader, efiLoader, type ImageFacts } from './image-facts.ts'
import type { Reason } from './reason.ts'
import { type Enforcing, loaderWarning, whyLoaderRefused } from './secure-boot-fits.ts'

/** The machine that an image would be written to. */
export interface Target {
  firmware: Firmware
  architecture: Architecture
  /** `path` for words; `size` in bytes; `sectorSize`: the logical one */
  disk: { path: string; size: number; sectorSize: number }
  /** what its firmware makes of signatures; left out: nothing */
  secure?: Enforcing
}

const MIB = 1024 * 1024
/** What the seed's partition takes at least; it ends at a whole MiB. */
const LEAST_SEED = 4 * MIB
/** What it takes where there is room, and what addons leave in front of it. */
export const SEED_BYTES = 8 * MIB

/** A damaged table takes no further partition; whoever writes one would have to guess. */
const unusable = ['header-checksum', 'entries-checksum', 'beyond-image', 'reversed'] as const

/**
 * PURE: why a machine could not run this image, though all of it were written; null: nothing is known to speak against it.
 * @param seeded a partition for the cloud-init seed will be added
 * @param addonsSize bytes of one for addons, in front of it; 0: there will be none
 */
export function whyImageUnfit(
  facts: ImageFacts,
  { firmware, architecture, disk, secure }: Target,
  seeded: boolean,
  addonsSize = 0,
): Reason | null {
  if (facts.size > disk.size)
    return { code: 'image-too-large', slots: { bytes: facts.size, disk: disk.path, size: disk.size } }
  if (facts.sectorSize !== disk.sectorSize)
    return { code: 'sector-size', slots: { image: facts.sectorSize, disk: disk.path, sectorSize: disk.sectorSize } }
  return (
    whyNeverBoots(facts, firmware, architecture) ??
    (secure ? whyLoaderRefused(bootedLoader(facts, architecture), secure) : null) ??
    (seeded ? whyNoSeed(facts, disk, addonsSize) : null)
  )
}

function whyNeverBoots(facts: ImageFacts, firmware: Firmware, architecture: Architecture): Reason | null {
  // Only a PC has a BIOS; what starts an arm64 machine without UEFI lies where nobody can tell.
  if (firmware === 'bios')
    return facts.bios.code || architecture !== 'x86_64' ? null : { code: 'no-bios-boot', slots: {} }
  if (!facts.esp) return { code: 'no-efi-partition', slots: {} }
  if (efiLoader(facts.esp.loaders, architecture) !== null) return null
  return { code: 'no-efi-loader', slots: { architecture, found: (facts.esp.loaders ?? []).slice(0, 64) } }
}

function whyNoSeed(facts: ImageFacts, disk: Target['disk'], addonsSize = 0): Reason | null {
  // the table of a hybrid ISO tells lies for firmware's sake, and its installer knows no cloud-init seed
  if (facts.iso) return { code: 'iso-takes-no-seed', slots: {} }
  if (facts.table === 'none') return { code: 'no-partition-table', slots: {} }
  const fault = facts.faults.find((each) => (unusable as readonly string[]).includes(each))
  if (fault) return { code: 'image-table-damaged', slots: { fault } }
  if (facts.hasSeedPartition && addonsSize === 0) return null
  if (facts.freeEntries < (facts.hasSeedPartition ? 0 : 1) + (addonsSize > 0 ? 1 : 0))
    return { code: 'partition-table-full', slots: { table: facts.table } }
  // 32-bit sector numbers end at 2 TiB of 512-byte sectors; in front of a GPT's 33 the agent keeps two of its own (mark.ts)
  const kept = 16_384 + 3 * disk.sectorSize
  const end = facts.table === 'mbr' ? Math.min(disk.size - kept, 0xffffffff * disk.sectorSize) : disk.size - facts.tail
  if (addonsSize > 0) {
    const room = Math.floor(end / MIB) * MIB - SEED_BYTES - facts.usedEnd
    return room < addonsSize
      ? { code: 'addons-do-not-fit', slots: { disk: disk.path, bytes: addonsSize, room: Math.max(0, room) } }
      : null
  }
  const start = Math.floor(end / MIB) * MIB - LEAST_SEED
  return start < facts.usedEnd ? { code: 'image-fills-disk', slots: { disk: disk.path } } : null
}

/** PURE: what of an image a person should know before machines come; what some machine could not boot with it. */
export function imageWarnings(facts: ImageFacts, architecture: Architecture): Reason[] {
  if (facts.archive) return []
  const disk = { path: 'any disk', size: Number.MAX_SAFE_INTEGER, sectorSize: facts.sectorSize }
  const found: (Reason | null)[] = [
    whyNeverBoots(facts, 'uefi', architecture),
    whyNeverBoots(facts, 'bios', architecture),
    loaderWarning(bootedLoader(facts, architecture)),
    whyNoSeed(facts, disk),
    facts.sectorSize === 4096 ? { code: 'only-4kn', slots: {} } : null,
    ...(facts.iso ? [] : facts.faults)
      .filter((fault) => fault !== 'backup-missing')
      .map((fault): Reason => ({ code: 'image-table-damaged', slots: { fault } })),
  ]
  const reasons = found.filter((each) => each !== null)
  return reasons.filter(
    (each, at) => reasons.findIndex((other) => JSON.stringify(other) === JSON.stringify(each)) === at,
  )
}
