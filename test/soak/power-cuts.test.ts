import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Firmware, MachineSpec } from '@eims/lab'
import { buildTargetImage } from '@eims/lab'
import t, { type Test } from 'tap'
import { CACHE } from '../cache.ts'
import { together } from '../together.ts'
import { Bench, type ShownNode } from '../vm/bench.ts'
import { addProfile } from '../vm/images.ts'
import { isRunning, MINUTE, written } from '../vm/states.ts'
import { proveWholeDisk } from '../vm/whole-disk.ts'

/**
 * The plug is pulled at a random moment of an installation, on UEFI and on BIOS, again and again: from the power button
 * to some seconds after RUNNING. The moment goes by how far the machine is, not by the clock of a host that may be busy. Each time the machine, switched on again and otherwise left alone, ends right, which is
 * then seen on its disk from outside, or it refuses with the true reason.
 *
 *   EIMS_SOAK_CUTS   how many for each firmware (20)
 *   EIMS_SOAK_SEED   the number that the moments come from; that of a run is in its first line, to repeat it
 */
const cuts = Number(process.env.EIMS_SOAK_CUTS ?? 20)
const seed = Number(process.env.EIMS_SOAK_SEED ?? Date.now() % 1_000_000)
/** Milliseconds from the cut of a unit that was RUNNING to the look at its disk. */
const BOOTING = 15_000
/** Reasons that a person may be told after a cut; anything else than these and RUNNING is a fault. */
const honest = new Set(['first-boot-cut', 'disk-not-blank', 'disk-changed'])

t.comment(`EIMS_SOAK_SEED=${seed} EIMS_SOAK_CUTS=${cuts}`)
const bench = await Bench.create('soak')
t.teardown(() => bench[Symbol.asyncDispose]())
const profile = await addProfile(bench, 'A')
const { path: image } = await buildTargetImage({ variant: 'A', cacheDir: CACHE })

async function soak(t: Test, firmware: Firmware): Promise<void> {
  for (let cut = 1; cut <= cuts; cut++) {
    const moment = momentOf(random(firmware, cut))
    await t.test(`${firmware} ${cut}: cut ${moment.said}`, async (t) => {
      const { node, disk, folder, before } = await install(`${firmware}-${cut}`, firmware, cut, moment)
      t.comment(`it was at: ${before}`)
      if (isRunning(node)) await proveWholeDisk(t, disk, { image, instanceId: node.run!.id })
      else t.ok(honest.has(reasonOf(node)), `it refuses, for ${reasonOf(node)}: ${JSON.stringify(node.run?.reason)}`)
      await rm(folder, { recursive: true })
      // told at once: a run that is broken off leaves what it has seen
      process.stderr.write(
        `# ${firmware} ${cut}: cut ${moment.said} (${before}): ${stageOf(node)}, ${t.passing() ? 'right' : 'WRONG'}\n`,
      )
    })
  }
}

interface Moment {
  said: string
  /** what a node has come to before the seconds count */
  reached: (node: ShownNode) => boolean
  seconds: number
}

/** PURE: of an installation's stages each gets a share, and what is left over of the number says where in it. @param at 0 to 1 */
function momentOf(at: number): Moment {
  const within = (from: number, to: number) => (at - from) / (to - from)
  const later = (seconds: number, what: string, reached: Moment['reached']): Moment => ({
    said: `${seconds.toFixed(1)} s after ${what}`,
    reached,
    seconds,
  })
  if (at < 0.15) return later(within(0, 0.15) * 45, 'the power button', () => true)
  if (at < 0.4) {
    const part = within(0.15, 0.4)
    return { said: `with ${Math.round(part * 100)} % written`, reached: (node) => written(node) >= part, seconds: 0 }
  }
  if (at < 0.55) return later(within(0.4, 0.55) * 10, 'the image was written', (node) => written(node) === 1)
  const isHandedOver = ({ instance }: ShownNode) => ['PROVISIONED', 'RUNNING'].includes(instance?.state ?? '')
  if (at < 0.9) return later(within(0.55, 0.9) * 75, 'the hand-over', isHandedOver)
  return later(within(0.9, 1) * 15, 'RUNNING', isRunning)
}

/** One machine from its registration to its end, with its plug pulled at a moment. */
async function install(name: string, firmware: Firmware, number: number, moment: Moment) {
  const spec = machineSpec(name, firmware, number)
  await bench.eims('nodes', 'add', name, '--serial', name, '--profile', profile)
  await using machine = await bench.machine(name, spec)
  await machine.powerOn()
  await bench.until(name, moment.reached, 20 * MINUTE)
  await sleep(moment.seconds * 1000)
  const before = stageOf(await bench.node(name))
  await machine.powerOff()
  await machine.powerOn()
  const ended = (node: ShownNode) => isRunning(node) || isRefused(node)
  const node = await bench.until(name, ended, 20 * MINUTE, () => false)
  if (isRunning(node)) await sleep(BOOTING)
  return { node, before, disk: machine.diskFile, folder: machine.dir }
}

const isRefused = (node: ShownNode) => node.instance?.state === 'FAILED' || node.waiting !== null
const reasonOf = ({ instance, run, waiting }: ShownNode) =>
  run?.reason?.code ?? instance?.status.reason.code ?? waiting?.code ?? 'none'

const stageOf = ({ instance, run }: ShownNode) => {
  const action = run?.actions.findLast(({ startedAt }) => startedAt !== null)
  return `${instance?.state ?? 'no instance'}${action ? `, ${action.name} ${action.state} ${action.progress ?? ''}` : ''}`
}

function machineSpec(name: string, firmware: Firmware, number: number): MachineSpec {
  const pair = (firmware === 'uefi' ? 0x10 : 0x20).toString(16)
  const mac = `52:54:00:5a:${pair}:${number.toString(16).padStart(2, '0')}`
  const uuid = `11111111-2222-3333-5a${pair}-${mac.replaceAll(':', '')}`
  const pxe = firmware === 'uefi' ? 'firmware' : 'ipxe-rom'
  const order = firmware === 'uefi' ? [{}, {}] : [{ bootIndex: 1 }, { bootIndex: 2 }]
  return {
    firmware,
    nic: { model: 'virtio-net-pci', mac, pxe, ...order[0] },
    disk: { bus: 'virtio', ...order[1] },
    system: { serial: name, uuid },
  }
}

/** From 0 to 1, the same for the same seed, firmware and number of the cut. */
const random = (firmware: Firmware, cut: number): number =>
  createHash('sha256').update(`${seed} ${firmware} ${cut}`).digest().readUInt32BE() / 2 ** 32

await together(t, cuts * 30 * MINUTE, {
  'UEFI, virtio': (t) => soak(t, 'uefi'),
  'BIOS, virtio': (t) => soak(t, 'bios'),
})
