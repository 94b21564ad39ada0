import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { run } from '../command.ts'
import type { Lan, Wire } from '../lan.ts'
import { endProcess, type Namespace } from '../namespace.ts'
import { type MachineSpec, needsNicRom, qemuArguments, STICK } from './arguments.ts'
import { boardOf, firmwareOf } from './board.ts'
import { assertHonest } from './honesty.ts'
import type { Qemu } from './newer-qemu.ts'
import { Qmp } from './qmp.ts'
import { SerialConsole } from './serial-console.ts'
import { machineSlots } from './slots.ts'

export interface MachineOptions {
  lan: Lan
  spec: MachineSpec
  /** absolute directory of this machine alone: vars.fd, disk.raw or disk.qcow2, serial.log, argv.txt stay in it */
  dir: string
  /** a blank disk of so many MiB, made when `dir` has none yet; default 4096 */
  diskSize?: number
  diskFormat?: 'raw' | 'qcow2'
  /** from fetchQemu, for x86_64: needed by UEFI machines that boot by their firmware from a NIC other than virtio's; default: the host's */
  qemu?: Qemu
  /** default: the bench LAN */
  wire?: Wire
}

/** A machine on the LAN: a power button, a serial console, a screen. Its disk and firmware variables outlive power cycles. */
export class Machine implements AsyncDisposable {
  readonly dir: string
  readonly diskFile: string
  readonly console: SerialConsole
  /** QEMU's arguments */
  readonly arguments: readonly string[]
  readonly #home: Namespace
  readonly #command: readonly [string, ...string[]]
  #running: { child: ChildProcess; qmp: Qmp; stderr: () => string } | undefined

  private constructor(
    home: Namespace,
    command: readonly [string, ...string[]],
    dir: string,
    diskFile: string,
    serialLog: string,
    args: readonly string[],
  ) {
    this.#home = home
    this.#command = command
    this.dir = dir
    this.diskFile = diskFile
    this.console = new SerialConsole(serialLog)
    this.arguments = args
  }

  /** Puts a machine, switched off, on the LAN. */
  static async create(options: MachineOptions): Promise<Machine> {
    const { lan, spec, dir } = options
    if (!isAbsolute(dir)) throw new Error(`machine directory "${dir}" must be an absolute path`)
    await mkdir(dir, { recursive: true })
    const format = options.diskFormat ?? 'raw'
    const disk = { file: join(dir, `disk.${format}`), format }
    if (!(await exists(disk.file)))
      await run('qemu-img', ['create', '-q', '-f', format, disk.file, `${options.diskSize ?? 4096}M`])
    const board = boardOf(spec)
    const { code, vars } = firmwareOf(board, spec)
    const uefi = { code, vars: join(dir, 'vars.fd') }
    if (spec.firmware === 'uefi' && !(await exists(uefi.vars))) await copyFile(vars, uefi.vars)
    const tap = await lan.addTap(options.wire)
    const serialLog = join(dir, 'serial.log')
    const firmware = spec.firmware === 'uefi' ? { uefi } : {}
    const args = qemuArguments(spec, { tap, disk, serialLog, ...firmware, ...nicRom(spec, options.qemu) })
    const own = spec.architecture === 'arm64' ? undefined : options.qemu?.command
    return new Machine((options.wire ?? lan.bench).home, own ?? [board.program], dir, disk.file, serialLog, args)
  }

  /** Whether it is switched on. */
  get isOn(): boolean {
    return this.#running !== undefined
  }

  /** Presses the power button; waits while two other machines are on. Console patterns count from here. */
  async powerOn(): Promise<void> {
    if (this.#running) throw new Error(`machine ${this.dir} is on already`)
    assertHonest(this.arguments)
    const release = await machineSlots.take()
    try {
      await this.console.mark()
      const [program, ...first] = this.#command
      await writeFile(join(this.dir, 'argv.txt'), `${[program, ...first, ...this.arguments].join('\n')}\n`)
      const child = this.#home.spawn(program, [...first, ...this.arguments], { stdio: 'pipe' })
      let said = ''
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-4000)
      })
      child.on('exit', () => {
        this.#running = undefined
        release()
      })
      await once(child, 'spawn')
      this.#running = { child, qmp: new Qmp(child.stdout!, child.stdin!), stderr: () => said }
      await this.#qmp.execute('query-status').catch((cause) => {
        throw new Error(`QEMU did not start: ${said}`, { cause })
      })
    } catch (cause) {
      release()
      throw cause
    }
  }

  /** Pulls the plug: nothing is told to the operating system. What it wrote to its disk stays. */
  async powerOff(): Promise<void> {
    if (this.#running) await endProcess(this.#running.child)
  }

  /** Presses the reset button. Console patterns count from here. */
  async reset(): Promise<void> {
    await this.console.mark()
    await this.#qmp.execute('system_reset')
  }

  /** Pulls the network cable, or plugs it in. */
  async setLink(up: boolean): Promise<void> {
    await this.#qmp.execute('set_link', { name: 'net0', up })
  }

  /** Pulls the USB stick out, or plugs it in again. */
  async setStick(isIn: boolean): Promise<void> {
    if (isIn) await this.#qmp.execute('device_add', STICK)
    else await this.#qmp.execute('device_del', { id: STICK.id })
  }

  /**
   * Presses the button of the optical drive and takes the disc.
   * @returns whether the tray came out: a system may have locked it
   */
  async takeDisc(): Promise<boolean> {
    const id = 'optical0'
    await this.#qmp.execute('blockdev-open-tray', { id })
    const drives = (await this.#qmp.execute('query-block')) as { qdev?: string; tray_open?: boolean }[]
    if (!drives.some(({ qdev, tray_open }) => qdev?.split('/').includes(id) && tray_open)) return false
    await this.#qmp.execute('blockdev-remove-medium', { id })
    return true
  }

  /** Presses the power button of a running machine (ACPI): the operating system shuts down in order. */
  async pressPower(): Promise<void> {
    await this.#qmp.execute('system_powerdown')
  }

  /** Resolves when the machine has switched itself off. */
  async waitForOff(timeoutMs: number): Promise<void> {
    const child = this.#running?.child
    if (child) await once(child, 'exit', { signal: AbortSignal.timeout(timeoutMs) })
  }

  /** Waits for a line on the serial console since power on or reset; rejects with the console's end. */
  waitForSerial(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    return this.console.waitFor(pattern, timeoutMs, () => !this.isOn)
  }

  /** Writes what the screen shows as a PNG file (absolute path). */
  async screenshot(file: string): Promise<void> {
    await this.#qmp.execute('screendump', { filename: file, format: 'png' })
  }

  /** How often the machine went through a reset (its own or ours) since it was switched on. */
  get resets(): number {
    return this.#qmp.events.filter((name) => name === 'RESET').length
  }

  get #qmp(): Qmp {
    if (!this.#running) throw new Error(`machine ${this.dir} is off`)
    return this.#running.qmp
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerOff()
  }
}

function nicRom(spec: MachineSpec, qemu: Qemu | undefined): { nicRom?: string } {
  if (!needsNicRom(spec)) return {}
  if (!qemu) throw new Error(`OVMF has no driver for ${spec.nic.model}: give qemu, from fetchQemu(cacheDir)`)
  return { nicRom: join(qemu.nicRomDir, `efi-${spec.nic.model}.rom`) }
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return false
      throw cause
    },
  )
}
