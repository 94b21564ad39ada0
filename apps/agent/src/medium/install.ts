import { hash } from 'node:crypto'
import { join } from 'node:path'
import { Finish, type Run } from '@eims/contracts'
import { chosenFor, readCustomization } from '@eims/medium'
import { sleep } from '../back-off.ts'
import { hasKeepsake } from '../disk/mark.ts'
import { Failure } from '../failure.ts'
import { readDiskFacts } from '../hardware/disks.ts'
import { survey } from '../hardware/survey.ts'
import { type LoopOptions, runLoop } from '../loop.ts'
import { type Machine, nodeOf } from '../machine.ts'
import type { Screen } from '../screen/screen.ts'
import { listed } from '../tools.ts'
import { checkMedium } from './check.ts'
import { mediumChunks } from './chunks.ts'
import { type Found, findMedium, isStillIn } from './found.ts'
import { LOOK_AGAIN, Refused, unread, withFound } from './look.ts'
import { appendReport, chosenDisk, type Installation, reportOf } from './reports.ts'
import { openRunFile } from './run-file.ts'
import { runSource } from './run-source.ts'
import { runIdOf, unitRun } from './unit-run.ts'

export interface InstallOptions
  extends Pick<LoopOptions, 'machine' | 'screen' | 'state' | 'execute' | 'finish' | 'pace' | 'grace' | 'now'> {
  /** of the medium that this Micro-OS came from */
  seal: string
  /** the agent's state directory */
  stateDir: string
  version: string
  /** milliseconds on a clock that never jumps */
  clock: () => number
  /** milliseconds between two looks for the medium */
  lookAgain?: number
}

/**
 * Installs this machine from the medium that it started from, by the plan and the loop of the network: nobody is asked. At its
 * end stands a large OK or FAILED; the machine then leaves as its profile says, or stays.
 * @throws Stuck as the loop does; what `signal` was aborted with
 */
export async function installFromMedium(options: InstallOptions, signal: AbortSignal): Promise<void> {
  const { screen } = options
  try {
    await install(options, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Refused)) throw error
    screen.end('FAILED', error.message)
    if (!runFileOf(options).load()) screen.line(NOTHING_WRITTEN)
    // for whoever comes to look: this machine starts from the medium anew when it is switched off and on
    await sleep(2 ** 31 - 1, signal)
  }
}

const runFileOf = ({ stateDir }: InstallOptions) => openRunFile(join(stateDir, 'run.json'))

async function install(options: InstallOptions, signal: AbortSignal): Promise<void> {
  const started = options.clock()
  const machine = keptFromMedium(options.machine)
  await withFound({ ...options, machine }, (found) => installFrom(found, machine, started, options, signal), signal)
}

async function installFrom(
  found: Found,
  machine: Machine,
  started: number,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  const { screen, seal, now, clock } = options
  machine.medium = found.facts.path
  const { identity, inventory } = await survey(machine)
  screen.header({
    identity,
    bootMac: null,
    server: `none: installs from ${found.facts.path}`,
    version: options.version,
  })
  const { customization, digest } = await readCustomization(found.source, found.medium).catch(unread(found, signal))
  // of this machine: its disk may move to another, which is installed all the same
  const keepsake = hash('sha256', `${found.medium.id} ${digest ?? 'pristine'} ${runIdOf(found.medium, identity)}`)
  const file = runFileOf(options)
  if (!file.load() && (await wasInstalled(machine, keepsake, found))) return await untilTakenOut(options, found, signal)

  const chosen = chosenFor(identity, found.medium.directory.profiles, customization)
  if ('refused' in chosen) throw new Refused(chosen.refused)
  screen.node(chosen.name)
  const { version } = options
  const about: Installation = { found, customization: digest, chosen, identity, inventory, version }
  let here = found
  const tell = async (run: Run) => {
    const report = reportOf(run, about, { now: now(), seconds: Math.round((clock() - started) / 1000) })
    const why = await appendReport(options.machine, here, report)
    screen.line(
      why === null ? `The medium has the report: ${report.state}` : `The medium has no report of this: ${why}`,
    )
  }
  if (!file.load()) {
    const made = unitRun({ medium: found.medium, chosen, identity, inventory, now: now() })
    if ('refused' in made) throw new Refused(made.refused)
    const tools = Object.values(listed(machine)).map(({ sha256 }) => sha256)
    const steps = made.run.actions.length
    await checkMedium(found, chosen.profile, tools, steps, screen, signal).catch(unread(found, signal))
    file.keep(made.run)
    await tell(made.run)
  }
  const source = runSource({ load: () => file.load()!, keep: file.keep, now, onEnd: tell })
  const again = async () => {
    const other = await findMedium(machine, seal)
    if ('fault' in other) throw new Error(other.fault ?? 'the medium was taken out; put it in again')
    machine.medium = other.facts.path
    here = other
    return other
  }
  await runLoop(
    {
      plan: source,
      sink: source,
      chunks: [mediumChunks(found, again)],
      machine,
      state: options.state,
      screen: endingOnce(screen, () => chosenDisk(file.load()) !== null),
      execute: options.execute,
      async finish(leave) {
        if (leave !== 'hold') screen.line('Take the medium out.')
        await options.finish(leave)
      },
      pace: options.pace,
      grace: options.grace,
      now,
      keepsake,
    },
    signal,
  )
}

/**
 * The same screen; but a failed action, and then its run, are one FAILED. @param hasDisk whether a disk was chosen, which may have been
 * written by then
 */
function endingOnce(screen: Screen, hasDisk: () => boolean): Screen {
  let failed = false
  return {
    ...screen,
    action(...about) {
      failed = false
      screen.action(...about)
    },
    end(word, reason) {
      if (word === 'FAILED' && failed) return
      failed = word === 'FAILED'
      screen.end(word, reason)
      if (failed && !hasDisk()) screen.line(NOTHING_WRITTEN)
    },
  }
}

const NOTHING_WRITTEN = 'Nothing was written to a disk of this machine.'

/** The same machine; but the disk that it installs from is opened for nothing but its reports. */
function keptFromMedium(machine: Machine): Machine {
  const kept: Machine = {
    ...machine,
    async openDisk(path, mode) {
      const isMedium = kept.medium !== undefined && path === nodeOf(machine, kept.medium)
      if (mode === 'write' && isMedium) throw new Failure({ code: 'disk-medium', slots: {} })
      return await machine.openDisk(path, mode)
    },
  }
  return kept
}

async function wasInstalled(machine: Machine, keepsake: string, { facts: medium }: Found): Promise<boolean> {
  for (const facts of readDiskFacts(machine.sysRoot)) {
    if (facts.path === medium.path || facts.size < 1024 * 1024) continue
    const disk = await machine.openDisk(nodeOf(machine, facts.path), 'read').catch(() => null)
    if (!disk) continue
    try {
      if (await hasKeepsake(disk, facts, keepsake)) return true
    } catch {
      // a disk that cannot be read is none that was written
    } finally {
      await disk[Symbol.asyncDispose]()
    }
  }
  return false
}

/** The medium was left in, and the firmware tries it first: nothing is installed again. */
async function untilTakenOut(
  { screen, machine, finish, lookAgain = LOOK_AGAIN }: InstallOptions,
  found: Found,
  signal: AbortSignal,
): Promise<void> {
  screen.end('OK', 'This machine was installed from this medium already, and nothing is installed again.')
  screen.line('Take the medium out: the machine then restarts into its system.')
  await found.disk[Symbol.asyncDispose]()
  do await sleep(lookAgain, signal)
  while (await isStillIn(machine, found))
  screen.line('The medium is out.')
  await finish(Finish.enum.reboot)
}
