import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@eims/lab'
import { decodeReports, REPORTS } from '@eims/medium'
import t, { type Test } from 'tap'
import { execute } from '../../src/actions/table.ts'
import type { Leave } from '../../src/finish.ts'
import type { LoopOptions } from '../../src/loop.ts'
import { installFromMedium } from '../../src/medium/install.ts'
import { openScreen } from '../../src/screen/screen.ts'
import { openState } from '../../src/state.ts'
import { tempDir } from './context.ts'
import { gptByFdisk, MIB } from './disks.ts'
import { fakeImage, noise } from './image.ts'
import { addDisk, fakeMachine, put } from './machine.ts'
import { BASE, insert, type MadeMedium, makeMedium } from './medium.ts'

export const USB = 'pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0/block'
export const SIZE = 24 * MIB
const made = t.testdir()
const table = readFileSync(gptByFdisk(join(made, 'image'), 8 * MIB, 512, 1, 4))
noise(MIB).copy(table, 2 * MIB)
export const image = fakeImage(table, MIB)
export const medium = makeMedium(made, image)

/** A machine with a stick in it and a blank disk. */
export function machineWith(
  t: Pick<Test, 'teardown'>,
  {
    made = medium,
    serial = 'SN-0001',
    bus = USB,
    content = Buffer.alloc(SIZE),
  }: { made?: MadeMedium; serial?: string; bus?: string; content?: Buffer } = {},
) {
  const machine = fakeMachine(t)
  put(join(machine.sysRoot, 'class/dmi/id/product_serial'), `${serial}\n`)
  const stick = addDisk(machine, { name: 'sdb', size: made.bytes.length, bus })
  insert(stick, made)
  const node = addDisk(machine, { name: 'sda', size: SIZE })
  writeFileSync(node, content)
  const pullOut = () => {
    rmSync(join(machine.sysRoot, 'block/sdb'))
    rmSync(stick)
  }
  return { machine, stick, node, pullOut, disk: () => readFileSync(node), reports: () => reportsOn(stick) }
}

export const reportsOn = (stick: string) =>
  decodeReports(readFileSync(stick).subarray(BASE + REPORTS.offset, BASE + REPORTS.offset + REPORTS.length)).reports

/** Starts it from its medium, as often as a test says; `stop` is its power switch. */
export function start(
  t: Pick<Test, 'teardown'>,
  { machine }: ReturnType<typeof machineWith>,
  {
    seal = medium.seal,
    execute: run = execute,
    stateDir = tempDir(t),
    lookAgain = 5,
  }: { seal?: string; execute?: LoopOptions['execute']; stateDir?: string; lookAgain?: number } = {},
) {
  const stop = new AbortController()
  const screen: string[] = []
  const finishes: Leave[] = []
  const over = installFromMedium(
    {
      machine,
      screen: openScreen(
        (line) => screen.push(line),
        () => performance.now(),
      ),
      state: openState(stateDir),
      stateDir,
      seal,
      version: '0.1.0',
      execute: run,
      async finish(leave) {
        finishes.push(leave)
        // as a machine that leaves
        stop.abort()
      },
      pace: { report: 5, ask: 5 },
      grace: 1000,
      now: Date.now,
      clock: () => performance.now(),
      lookAgain,
    },
    stop.signal,
  ).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  t.teardown(async () => {
    stop.abort()
    await over
  })
  return {
    over,
    screen,
    finishes,
    stop,
    says: (text: string) => until(() => screen.join(' ').replace(/ +/g, ' ').includes(text)),
  }
}
