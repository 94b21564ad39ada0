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
import { isRunning, MINUTE } from '../vm/states.ts'
import { proveWholeDisk } from '../vm/whole-disk.ts'

/**
 * The plug is pulled at a random moment of an installation, on UEFI and on BIOS, again and again: from the power button
 * to some seconds after RUNNING. Each time the machine, switched on again and otherwise left alone, ends right, which is
 * then seen on its disk from outside, or it refuses with the true reason.
 *
 *   EIMS_SOAK_CUTS   how many for each firmware (20)
 *   EIMS_SOAK_SEED   the number that the moments come from; that of a run is in its first line, to repeat it
 */
const cuts = Number(process.env.EIMS_SOAK_CUTS ?? 20)
const seed = Number(process.env.EIMS_SOAK_SEED ?? Date.now() % 1_000_000)
const AFTER_RUNNING_S = 15
/** Reasons that a person may be told after a cut; anything else than these and RUNNING is a fault. */
const honest = new Set(['first-boot-cut', 'disk-not-blank', 'disk-changed'])

t.comment(`EIMS_SOAK_SEED=${seed} EIMS_SOAK_CUTS=${cuts}`)
const bench = await Bench.create('soak')
t.teardown(() => bench[Symbol.asyncDispose]())
const profile = await addProfile(bench, 'A')
const { path: image } = await buildTargetImage({ variant: 'A', cacheDir: CACHE })

async function soak(t: Test, firmware: Firmware): Promise<void> {
  const whole = await install(`${firmware}-0`, firmware, 0, null)
  t.comment(`${firmware}: an installation takes ${Math.round(whole.seconds)} s`)
  for (let cut = 1; cut <= cuts; cut++) {
    const after = moment(firmware, cut) * (whole.seconds + AFTER_RUNNING_S)
    await t.test(`${firmware} ${cut}: cut after ${after.toFixed(1)} s`, async (t) => {
      const { node, disk, folder, before } = await install(`${firmware}-${cut}`, firmware, cut, after)
      t.comment(`it was at: ${before}`)
      if (isRunning(node)) await proveWholeDisk(t, disk, { image, instanceId: node.run!.id })
      else t.ok(honest.has(reasonOf(node)), `it refuses, for ${reasonOf(node)}: ${JSON.stringify(node.run?.reason)}`)
      await rm(folder, { recursive: true })
      // told at once: a run that is broken off leaves what it has seen
      process.stderr.write(
        `# ${firmware} ${cut}: cut after ${after.toFixed(1)} s (${before}): ${stageOf(node)}, ${t.passing() ? 'right' : 'WRONG'}\n`,
      )
    })
  }
}

/** One machine from its registration to its end, with its plug pulled `after` seconds. */
async function install(name: string, firmware: Firmware, number: number, after: number | null) {
  const spec = machineSpec(name, firmware, number)
  await bench.eims('nodes', 'add', name, '--serial', name, '--profile', profile)
  await using machine = await bench.machine(name, spec)
  await machine.powerOn()
  const start = performance.now()
  let before = 'never cut'
  if (after !== null) {
    await sleep(after * 1000)
    before = stageOf(await bench.node(name))
    await machine.powerOff()
    await machine.powerOn()
  }
  const ended = (node: ShownNode) => isRunning(node) || isRefused(node)
  const node = await bench.until(name, ended, 20 * MINUTE, () => false)
  const seconds = (performance.now() - start) / 1000
  if (after !== null && isRunning(node)) await sleep(AFTER_RUNNING_S * 1000)
  return { node, seconds, before, disk: machine.diskFile, folder: machine.dir }
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
const moment = (firmware: Firmware, cut: number): number =>
  createHash('sha256').update(`${seed} ${firmware} ${cut}`).digest().readUInt32BE() / 2 ** 32

await together(t, cuts * 30 * MINUTE, {
  'UEFI, virtio': (t) => soak(t, 'uefi'),
  'BIOS, virtio': (t) => soak(t, 'bios'),
})
