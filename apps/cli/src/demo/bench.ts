import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { NodeDetail, Timeline } from '@eims/contracts'
import { type Accelerator, endProcess, Lan, Machine, type SiteDhcp, startSiteDhcp } from '@eims/lab'
import { Refusal } from '../refusal.ts'
import { Doorway } from './doorway.ts'

export interface Seen {
  node: NodeDetail
  timeline: Timeline
}

/** Where a browser on this machine finds the demo's dashboard, and a key for it. */
export interface Dashboard {
  url: string
  key: string
}

interface BenchOptions {
  /** of this demo alone */
  dir: string
  /** the checkout, with its launcher */
  root: string
  env: NodeJS.ProcessEnv
}

/** A warehouse in two network namespaces that reach nothing outside: the site's DHCP server, the real service, machines. */
export class DemoBench implements AsyncDisposable {
  readonly lan: Lan
  readonly dataDir: string
  readonly #options: BenchOptions
  readonly #dhcp: SiteDhcp
  readonly #children: ChildProcess[] = []
  readonly #machines: Machine[] = []
  #doorway: Doorway | undefined

  private constructor(lan: Lan, dhcp: SiteDhcp, options: BenchOptions) {
    this.lan = lan
    this.#dhcp = dhcp
    this.#options = options
    this.dataDir = join(options.dir, 'data')
  }

  /** The LAN with its DHCP server; clears away what a killed demo left. */
  static async create(options: BenchOptions): Promise<DemoBench> {
    const lan = await Lan.create({ name: 'demo' })
    try {
      return new DemoBench(lan, await startSiteDhcp({ segment: lan.bench, dir: options.dir }), options)
    } catch (error) {
      await lan[Symbol.asyncDispose]()
      throw error
    }
  }

  /** `./eims up`; resolves when it says that it is up. */
  async up(): Promise<void> {
    const { root, dir } = this.#options
    const service = this.#spawn(join(root, 'eims'), ['up', '--interface', 'br0', '--data', this.dataDir])
    const log = createWriteStream(join(dir, 'service.log'))
    service.stderr!.pipe(log, { end: false })
    await new Promise<void>((done, failed) => {
      let said = ''
      service.stdout!.setEncoding('utf8').on('data', (text: string) => {
        log.write(text)
        said = (said + text).slice(-4000)
        if (said.includes('eims is up.')) done()
      })
      service.stderr!.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-4000)
      })
      service.on('exit', (code) => failed(new Refusal(`the service ended with ${code}:\n${said.slice(-1500)}`)))
    })
  }

  /** Runs a verb of this tool beside the service. @returns what it prints */
  async eims(...args: string[]): Promise<string> {
    const { root, env } = this.#options
    const options = { timeoutMs: 300_000, env: this.#environment(env) }
    return (await this.lan.service.exec(join(root, 'eims'), [...args, '--data', this.dataDir], options)).stdout
  }

  /** root's own way in: the service's address in its namespace, and a key. The service is thrown away. */
  localAccess = async (): Promise<Dashboard> =>
    JSON.parse(await readFile(join(this.dataDir, 'local.json'), 'utf8')) as Dashboard

  /**
   * Opens the dashboard to browsers on this machine until the bench ends. @returns where; under the name `localhost`: a
   * browser keeps cookies by name and not by port, and one of the demo at 127.0.0.1 would sign it out of a service there.
   */
  async openDashboard(): Promise<string> {
    const path = join(this.#options.dir, 'door.sock')
    const { port } = new URL((await this.localAccess()).url)
    const inside = this.#spawn(process.execPath, [join(import.meta.dirname, 'doorway-inside.ts'), path, port])
    inside.stderr!.pipe(createWriteStream(join(this.#options.dir, 'doorway.log')))
    this.#doorway = await Doorway.open(path, inside)
    return `http://localhost:${this.#doorway.port}/`
  }

  /** Calls `seen` whenever one of these nodes changed, until the bench ends. */
  watch(names: string[], seen: (now: Seen) => void): void {
    const args = [join(import.meta.dirname, 'watcher.ts'), '--data', this.dataDir, ...names]
    const watcher = this.#spawn(process.execPath, args)
    watcher.stderr!.pipe(createWriteStream(join(this.#options.dir, 'watcher.log')))
    createInterface({ input: watcher.stdout! }).on('line', (line) => seen(JSON.parse(line)))
  }

  /** A UEFI machine with a virtio disk and NIC, switched off. */
  async machine(
    name: string,
    identity: { serial: string; uuid: string; mac: string },
    accelerator: Accelerator,
  ): Promise<Machine> {
    const { mac, ...system } = identity
    const machine = await Machine.create({
      lan: this.lan,
      dir: join(this.#options.dir, name),
      diskSize: 1024,
      spec: {
        accelerator,
        firmware: 'uefi',
        nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
        disk: { bus: 'virtio' },
        system: { ...system, manufacturer: 'eims', product: 'demo machine' },
      },
    })
    this.#machines.push(machine)
    return machine
  }

  #spawn(command: string, args: string[]): ChildProcess {
    const env = this.#environment(this.#options.env)
    const child = this.lan.service.spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    this.#children.push(child)
    return child
  }

  /** Settings of an installed service are not the demo's. */
  #environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { ...env, EIMS_DATABASE_URL: undefined, EIMS_SERVER: undefined, EIMS_KEY: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#doorway?.[Symbol.asyncDispose]()
    await Promise.all(this.#machines.map((machine) => machine.powerOff()))
    for (const child of this.#children.toReversed()) await endProcess(child)
    await this.#dhcp.stop()
    await this.lan[Symbol.asyncDispose]()
  }
}
