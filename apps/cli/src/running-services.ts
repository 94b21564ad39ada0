import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { RUNNING_SERVICES, RunningService, startTick } from '@eims/contracts'
import { Refusal } from './refusal.ts'

/** Where the service keeps its data by default. */
export const USUAL_DATA = '/var/lib/eims'

/** More than anybody runs on one machine; files of killed ones disappear when it is switched off. */
const MOST_FILES = 1000

/** Data directories of the services that run on this machine and in this network namespace; only root is told. */
export function runningServices(folder = RUNNING_SERVICES): string[] {
  const here = network()
  return [
    ...new Set(
      namesIn(folder)
        .slice(0, MOST_FILES)
        .flatMap((name) => serviceIn(join(folder, name)) ?? [])
        .filter((service) => service.network === here && runs(service))
        .map(({ dataDir }) => dataDir),
    ),
  ]
}

/** The data directory of the service here: of the one that runs, else the usual one. @throws Refusal when several run */
export function dataHere(running = runningServices()): string {
  if (running.length > 1)
    throw new Refusal(
      `${running.length} services run on this machine; say which one with --data: ${running.toSorted().join(', ')}`,
      2,
    )
  return running[0] ?? USUAL_DATA
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d{1,10}\.json$/.test(name))
  } catch {
    return [] // none was started since the machine was, or we are not root
  }
}

function serviceIn(file: string): RunningService | null {
  try {
    return RunningService.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null // it ended meanwhile, or is of another version
  }
}

function runs(service: RunningService): boolean {
  try {
    return startTick(readFileSync(`/proc/${service.pid}/stat`, 'utf8')) === service.startTick
  } catch {
    return false
  }
}

function network(): string {
  try {
    return readlinkSync('/proc/self/ns/net')
  } catch {
    return '' // no Linux
  }
}
