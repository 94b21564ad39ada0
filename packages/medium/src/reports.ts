import { hash } from 'node:crypto'
import { Inventory, MachineIdentity, Name, Sha256 } from '@eims/contracts'
import { z } from 'zod'
import { PAGE, REPORTS, upTo } from './layout.ts'

/*
 * Reports are appended, each from a page of its own on, and none is ever written over: a cut in the middle of one leaves pages
 * that are no report, behind all earlier ones.
 */

const MAGIC = 'eims report'
/** magic 16 | length 4 | zeros | digest 32, then the JSON */
const TEXT_AT = 64
/** One report takes at most so many bytes, 1 in 64 of the area. */
const MOST = 16 * PAGE

const Step = z.strictObject({
  name: z.string().max(199),
  state: z.string().max(32),
  /** seconds of its last attempt */
  seconds: z.number().nonnegative().nullable(),
})

/**
 * What one machine leaves of one installation: a first report when its disk is about to be written, a second at the end. Later
 * formats may add fields, under the same number.
 */
export const InstallReport = z.object({
  format: z.literal(1),
  /** of the installation; the same in both, and in one that goes on after a cut */
  runId: z.string().max(64),
  /** INSTALLED: written, read back and ready to start. Nobody has seen it run. */
  state: z.enum(['BEGUN', 'INSTALLED', 'FAILED']),
  /** why it failed */
  reason: z.string().max(2000).nullable(),
  /** by the machine's own clock, which nobody has set */
  at: z.iso.datetime(),
  /** of this start of the medium: since then so many seconds have passed */
  seconds: z.number().nonnegative(),
  /** when this run was begun, by the same clock: what the unit itself keeps of it. Agents of earlier versions do not say. */
  begunAt: z.iso.datetime().optional(),
  /** version of the agent that installed; agents of earlier versions do not say */
  agent: z.string().max(64).optional(),
  /** of the medium, and of its customization (null: pristine) */
  medium: Sha256,
  customization: Sha256.nullable(),
  identity: MachineIdentity,
  inventory: Inventory.nullable(),
  name: z.string().max(63),
  profile: Name,
  /** SHA-256 of its config-file as the medium has it; null: it had none. Agents of earlier versions do not say. */
  config: Sha256.nullable().optional(),
  image: z.strictObject({ name: Name, manifestSha256: Sha256 }),
  /** the disk that was chosen */
  disk: z
    .strictObject({ path: z.string().max(64), serial: z.string().max(256).nullable(), size: z.number().int() })
    .nullable(),
  steps: z.array(Step).max(128),
})
export type InstallReport = z.infer<typeof InstallReport>

/**
 * PURE: a report as whole pages. What makes it too long, an inventory of hundreds of disks, is left out.
 * @throws ZodError for what is no report
 */
export function encodeReport(given: InstallReport): Buffer {
  const report = InstallReport.parse(given)
  const texts = [report, { ...report, inventory: null }, { ...report, inventory: null, steps: [] }]
  const bytes = texts.map((each) => Buffer.from(JSON.stringify(each))).find(({ length }) => TEXT_AT + length <= MOST)
  if (!bytes) throw new RangeError('a report that is too long without its inventory')
  const pages = Buffer.alloc(upTo(TEXT_AT + bytes.length, PAGE))
  pages.write(MAGIC, 0, 'latin1')
  pages.writeUInt32LE(bytes.length, 16)
  pages.write(hash('sha256', bytes), 32, 'hex')
  bytes.copy(pages, TEXT_AT)
  return pages
}

export interface Reports {
  /** oldest first */
  reports: InstallReport[]
  /** where the next one begins; bytes from the area's start */
  end: number
  /** pages that are no report, in front of `end`, by their numbers, from 0 in the area: of a cut, or of somebody's hand */
  spoilt: number[]
}

/** PURE: what stands in the area of reports. Whatever it is, it is read in one pass and throws nothing. */
export function decodeReports(area: Buffer): Reports {
  const reports: InstallReport[] = []
  const spoilt: number[] = []
  let end = 0
  const nothing = Buffer.alloc(PAGE)
  for (let at = 0; at + PAGE <= area.length; ) {
    if (area.subarray(at, at + PAGE).equals(nothing)) {
      at += PAGE
      continue
    }
    const found = reportAt(area, at)
    if (found) reports.push(found.report)
    else spoilt.push(at / PAGE)
    at += found?.length ?? PAGE
    end = at
  }
  return { reports, end, spoilt }
}

function reportAt(area: Buffer, at: number): { report: InstallReport; length: number } | null {
  if (area.toString('latin1', at, at + MAGIC.length) !== MAGIC) return null
  const length = area.readUInt32LE(at + 16)
  if (TEXT_AT + length > MOST || at + TEXT_AT + length > area.length) return null
  const text = area.subarray(at + TEXT_AT, at + TEXT_AT + length)
  if (area.toString('hex', at + 32, at + 64) !== hash('sha256', text)) return null
  try {
    const parsed = InstallReport.safeParse(JSON.parse(text.toString('utf8')))
    return parsed.success ? { report: parsed.data, length: upTo(TEXT_AT + length, PAGE) } : null
  } catch {
    return null
  }
}

/**
 * PURE: where the next report goes and what is written there; null: the area is full.
 * @param area as it stands on the medium
 */
export function appended(area: Buffer, report: InstallReport): { offset: number; bytes: Buffer } | null {
  const { end } = decodeReports(area)
  const bytes = encodeReport(report)
  return end + bytes.length <= area.length ? { offset: REPORTS.offset + end, bytes } : null
}

/**
 * PURE: the newest report of each installation, in the order in which they were begun. What is known of a disk is not hidden by a
 * later start of the same machine that came to none: that one's report follows as one of its own.
 */
export function newestOf(reports: readonly InstallReport[]): InstallReport[] {
  const byRun = new Map<string, { ofDisk: InstallReport | null; later: InstallReport | null }>()
  for (const report of reports) {
    const ofDisk = byRun.get(report.runId)?.ofDisk ?? null
    byRun.set(report.runId, report.disk ? { ofDisk: report, later: null } : { ofDisk, later: report })
  }
  return [...byRun.values()].flatMap(({ ofDisk, later }) => [ofDisk ?? [], later ?? []].flat())
}
