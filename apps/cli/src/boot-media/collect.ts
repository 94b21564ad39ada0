import { type Client, ProblemError, type UnitAdoption, UnitInput } from '@eims/contracts'
import { decodeReports, type InstallReport, newestOf, PAGE, type Reports } from '@eims/medium'
import type { ProgressLine } from '../progress.ts'

/** One machine's report, and how the server is told of it. */
export interface Found {
  report: InstallReport
  body: UnitInput
}

/** What on a medium is no report that can be taken in, and why. */
export interface Skipped {
  what: string
  why: string
}

/**
 * PURE: the newest report of each installation on a medium, in the order in which they were begun.
 * @param area of reports, as it stands there
 * @param mediumId of the medium that they are read from
 */
export function reportsOf(area: Buffer, mediumId: string): { found: Found[]; skipped: Skipped[] } {
  const { reports, spoilt } = decodeReports(area)
  const skipped = spoiltPages(spoilt)
  const own = reports.filter((report) => {
    if (report.medium === mediumId) return true
    skipped.push({ what: nameOf(report), why: `is of another medium, ${report.medium.slice(0, 12)}` })
    return false
  })
  const found: Found[] = []
  for (const report of newestOf(own)) {
    const body = UnitInput.safeParse(bodyOf(report))
    if (body.success) found.push({ report, body: body.data })
    else skipped.push({ what: nameOf(report), why: body.error.issues[0]?.message ?? 'cannot be read' })
  }
  return { found, skipped }
}

const nameOf = ({ name, identity }: InstallReport): string =>
  `the report of ${name}${identity.serial === undefined ? '' : ` (${identity.serial})`}`

/** Pages behind each other are told of once. */
function spoiltPages(pages: Reports['spoilt']): Skipped[] {
  const ranges: { first: number; last: number }[] = []
  for (const page of pages) {
    const range = ranges.at(-1)
    if (range?.last === page - 1) range.last = page
    else ranges.push({ first: page, last: page })
  }
  return ranges.map(({ first, last }) => ({
    what: first === last ? `page ${first} of the reports` : `pages ${first} to ${last} of the reports`,
    why: `${(last - first + 1) * PAGE} bytes that are no report: power was cut there, or the medium is damaged`,
  }))
}

function bodyOf({ identity, inventory, ...report }: InstallReport) {
  const { state, reason, name, profile, image, disk, at, medium, customization } = report
  return {
    ...identity,
    ...(inventory ? { inventory } : {}),
    installation: {
      state,
      reason,
      name,
      profile,
      image,
      disk,
      instanceId: report.runId,
      begunAt: report.begunAt ?? null,
      at,
      agent: report.agent ?? null,
      medium,
      customization,
      config: report.config ?? null,
    },
  }
}

/** What became of one machine of a medium. */
export interface CollectedUnit {
  /** of its node; of one that is not there yet, as the medium has it */
  name: string
  serial: string | null
  /** what the medium says */
  state: InstallReport['state']
  reason: string | null
  /** `refused`: the server did not take it in, and `why` tells what for */
  result: UnitAdoption['result'] | 'refused'
  why: string | null
  digest: UnitAdoption['digest'] | null
}

/**
 * Tells a server of each. One that it refuses keeps none of the others.
 * @throws what a request fails with that has nothing to do with its unit
 */
export async function tellServer(
  client: Client,
  found: readonly Found[],
  wishes: { dryRun: boolean; batch?: string },
  progress: ProgressLine,
): Promise<CollectedUnit[]> {
  const units: CollectedUnit[] = []
  try {
    for (const { report, body } of found) {
      progress.show('Collecting', units.length / found.length, `${units.length} of ${found.length}`)
      units.push(await tellOf(client, report, { ...body, ...wishes }))
    }
  } catch (error) {
    if (units.length > 0)
      process.stderr.write(`eims: ${units.length} of ${found.length} were told before this failed:\n`)
    throw error
  } finally {
    progress.end()
  }
  return units
}

/** Codes of refusals that are of one unit, and not of the request. */
const ofUnit: ReadonlySet<string> = new Set(['identity-conflict', 'wrong-state', 'already-exists', 'invalid-input'])

async function tellOf(client: Client, report: InstallReport, body: UnitInput): Promise<CollectedUnit> {
  const { name, identity, state, reason } = report
  const unit = { name, serial: identity.serial ?? null, state, reason }
  try {
    const { node, result, digest } = await client('adoptUnit', { body })
    return { ...unit, name: node?.name ?? name, result, why: null, digest }
  } catch (error) {
    const isOfUnit = error instanceof ProblemError && ofUnit.has(error.code)
    // what a person asked for goes for all of them
    if (!isOfUnit || error.fields?.some(({ path }) => path === 'body.batch')) throw error
    return { ...unit, result: 'refused', why: error.message, digest: null }
  }
}
