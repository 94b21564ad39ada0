import { hash } from 'node:crypto'
import { type Inventory, type MachineIdentity, type Run, say } from '@eims/contracts'
import { appended, type Chosen, type InstallReport, openMedium, readReports } from '@eims/medium'
import { choiceIn } from '../actions/choose-disk.ts'
import { type Machine, nodeOf } from '../machine.ts'
import { type Found, findMedium, isStillIn } from './found.ts'

export interface Installation {
  found: Found
  customization: string | null
  chosen: Chosen
  identity: MachineIdentity
  inventory: Inventory
  /** of this agent */
  version: string
}

/** PURE: the disk that a run's choose-disk chose; null: none, so none was written. */
export const chosenDisk = (run: Run | null) =>
  run && choiceIn(Object.fromEntries(run.actions.map(({ definition, result }) => [definition.name, result])))

/** PURE: what is told of a run, as far as it has come. */
export function reportOf(
  run: Run,
  { found, customization, chosen, identity, inventory, version }: Installation,
  { now, seconds }: { now: number; seconds: number },
): InstallReport {
  const choice = chosenDisk(run)
  const ended = run.endedAt !== null
  return {
    format: 1,
    runId: run.id,
    state: !ended ? 'BEGUN' : run.state === 'SUCCEEDED' ? 'INSTALLED' : 'FAILED',
    reason: ended && run.reason ? say(run.reason).slice(0, 2000) : null,
    at: new Date(now).toISOString(),
    seconds,
    begunAt: new Date(run.createdAt).toISOString(),
    agent: version.slice(0, 64),
    medium: found.medium.id,
    customization,
    identity,
    // of what it was before the first byte was written
    inventory,
    name: chosen.name,
    profile: chosen.profile.profile.name,
    config: chosen.config && hash('sha256', chosen.config.text),
    image: { name: chosen.profile.image.name, manifestSha256: chosen.profile.image.manifestSha256 },
    disk: choice && { path: choice.path.slice(0, 64), serial: choice.serial, size: choice.size },
    steps: run.actions.map(({ definition, state, attempts }) => {
      const last = attempts.at(-1)
      const took = last?.endedAt == null ? null : Math.max(0, last.endedAt - last.startedAt) / 1000
      return { name: definition.name.slice(0, 199), state, seconds: took }
    }),
  }
}

/**
 * Appends a report to the medium, wherever it is now; on return it has reached it. Nothing is written to anything else.
 * @param found where it was last
 * @returns null, or why it could not be kept: an installation goes on without
 */
export async function appendReport(
  machine: Machine,
  found: Pick<Found, 'medium' | 'facts' | 'writable'>,
  report: InstallReport,
): Promise<string | null> {
  try {
    if (await isStillIn(machine, found)) return await appendTo(machine, found, report)
    const other = await findMedium(machine, found.medium.directory.seal)
    if ('fault' in other) return other.fault ?? NOT_IN
    await other.disk[Symbol.asyncDispose]()
    return await appendTo(machine, { ...other, medium: found.medium }, report)
  } catch (error) {
    return (error as Error).message
  }
}

const NOT_IN = 'the medium is not in'

async function appendTo(
  machine: Machine,
  { medium, facts, writable }: Pick<Found, 'medium' | 'facts' | 'writable'>,
  report: InstallReport,
): Promise<string | null> {
  if (!writable) return 'the medium cannot be written to'
  await using disk = await machine.openDisk(nodeOf(machine, facts.path), 'write')
  // by the handle that is written to: a card may have been swapped since it was looked for
  const now = await openMedium(disk)
  if (now?.id !== medium.id) return NOT_IN
  const place = appended(await readReports(disk, now), report)
  if (!place) return 'the medium has no room for more: collect its reports and reset it'
  await disk.write(now.base + place.offset, place.bytes)
  await disk.sync()
  return null
}
