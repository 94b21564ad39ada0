import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { EventKind, Timeline } from '@eims/contracts'
import { Bench, type ShownNode } from '../../vm/bench.ts'
import { addProfile } from '../../vm/images.ts'
import { isRunning, MINUTE } from '../../vm/states.ts'
import { median, round2 } from '../figures.ts'

/** A machine that is emulated on cores which others use takes some minutes. */
const PATIENCE = 20 * MINUTE

interface Took {
  /** from the first DHCPDISCOVER until the machine restarts into its OS, and until that is RUNNING */
  installed: number
  whole: number
  /** from the action's start to its end, as the service saw them */
  writeImage: number
  stages: Record<string, number>
}

/**
 * Machines in QEMU, one after the other (`--rounds N`, 1), that come by UEFI's own PXE client, with two processors and 1 GB, and
 * get the tests' Debian of 805 MB with this checkout's agent. Needs root. Prints seconds, each machine's and the middle one's; to
 * compare two agents is to run it in two checkouts, in turn and one at a time, each with an EIMS_CACHE of its own.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '1' } } })
  await using bench = await Bench.create('provision')
  const profile = await addProfile(bench, 'A')
  const runs: Took[] = []
  for (let nth = 1; nth <= Number(values.rounds); nth++) runs.push(await provision(bench, profile, nth))
  const middle = (of: 'installed' | 'whole' | 'writeImage') => round2(median(runs.map((one) => one[of])))
  const seconds = { installed: middle('installed'), whole: middle('whole'), writeImage: middle('writeImage') }
  console.log(JSON.stringify({ name: 'provision', seconds, runs, cores: cpus().length }))
}

async function provision(bench: Bench, profile: string, nth: number): Promise<Took> {
  const id = String(nth).padStart(2, '0')
  const mac = `52:54:00:bb:00:${id}`
  const name = `measured-${id}`
  await bench.eims('nodes', 'add', name, '--mac', mac, '--profile', profile)
  await using machine = await bench.machine(name, {
    firmware: 'uefi',
    cpus: 2,
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
    disk: { bus: 'virtio' },
    system: { serial: `MEASURED-${id}`, uuid: `11111111-2222-3333-4444-6666666666${id}` },
  })
  await machine.powerOn()
  const node = await bench.until(name, isRunning, PATIENCE)
  await machine.powerOff()
  return took(node)
}

function took({ timeline, run }: ShownNode): Took {
  const at = (wanted: EventKind) => timeline.events.find(({ kind }) => kind === wanted)?.at
  const write = run?.actions.find(({ name }) => name === 'write-image')
  return {
    installed: between(at('dhcp.discover'), at('instance.provisioned')),
    whole: between(at('dhcp.discover'), at('instance.running')),
    writeImage: between(write?.startedAt, write?.endedAt),
    stages: stagesOf(timeline),
  }
}

function between(began: string | null | undefined, ended: string | null | undefined): number {
  if (!began || !ended) throw new Error('the timeline of a machine that is RUNNING lacks what is measured')
  return (Date.parse(ended) - Date.parse(began)) / 1000
}

/** Seconds by the stage's name; what was gone through twice counts together. */
function stagesOf({ stages }: Timeline): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { name, seconds } of stages) sums[name] = (sums[name] ?? 0) + seconds
  return sums
}
