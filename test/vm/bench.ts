import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeDetail, Timeline } from '@eims/contracts'
import {
  type Capture,
  createSshKey,
  endProcess,
  fetchQemu,
  Lan,
  Machine,
  type MachineOptions,
  readCapture,
  type SiteDhcp,
  type SiteDhcpOptions,
  type SshKey,
  type SshTarget,
  ssh,
  startCapture,
  startSiteDhcp,
  type Wire,
  waitForSsh,
  withoutBulk,
} from '@eims/lab'
import { CACHE } from '../cache.ts'
import { type Relay, startRelay } from '../relay.ts'

const root = resolve(import.meta.dirname, '../..')
const HTTP_PORT = 7480

export interface BenchOptions {
  /** the site's own DHCP server; default: dnsmasq, which knows nothing about booting */
  siteDhcp?: (options: SiteDhcpOptions) => Promise<SiteDhcp>
  /** its own cache, beside which the tests' stays as it is; default: that */
  cache?: string
}

export type ShownNode = NodeDetail & { timeline: Timeline }

/**
 * A warehouse in namespaces: a bench LAN with the site's own DHCP server, and the service on it, started with the
 * README's command. Everything that happens on the LAN is captured.
 */
export class Bench implements AsyncDisposable {
  readonly lan: Lan
  readonly dir: string
  readonly dataDir: string
  readonly dhcp: SiteDhcp
  readonly capture: Capture
  readonly sshKey: SshKey
  readonly #cache: string
  readonly #relay: Relay
  #service: ChildProcess | undefined

  private constructor(parts: {
    lan: Lan
    dir: string
    dhcp: SiteDhcp
    capture: Capture
    sshKey: SshKey
    cache: string
  }) {
    this.#cache = parts.cache
    this.lan = parts.lan
    this.dir = parts.dir
    this.dataDir = join(parts.dir, 'data')
    this.dhcp = parts.dhcp
    this.capture = parts.capture
    this.sshKey = parts.sshKey
    this.#relay = startRelay(parts.lan.service)
  }

  static async create(name: string, options: BenchOptions = {}): Promise<Bench> {
    const dir = join('/var/tmp/eims-benches', name)
    await rm(dir, { recursive: true, force: true })
    await mkdir(dir, { recursive: true })
    const lan = await Lan.create({ name })
    try {
      return await Bench.#on(lan, dir, options)
    } catch (error) {
      await lan[Symbol.asyncDispose]()
      throw error
    }
  }

  static async #on(lan: Lan, dir: string, options: BenchOptions): Promise<Bench> {
    const capture = await startCapture({
      namespace: lan.service,
      interface: 'br0',
      file: join(dir, 'bench.pcap'),
      filter: withoutBulk(lan.bench),
    })
    const dhcp = await (options.siteDhcp ?? startSiteDhcp)({ segment: lan.bench, dir })
    const bench = new Bench({ lan, dir, dhcp, capture, sshKey: await createSshKey(dir), cache: options.cache ?? CACHE })
    await bench.up()
    return bench
  }

  /** `./eims up`, with further options; resolves when it says that it is up. */
  async up(...further: string[]): Promise<void> {
    const child = this.lan.service.spawn(
      join(root, 'eims'),
      ['up', '--interface', 'br0', '--data', this.dataDir, '--http-port', String(HTTP_PORT), ...further],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, EIMS_CACHE: this.#cache } },
    )
    this.#service = child
    const log = createWriteStream(join(this.dir, 'service.log'), { flags: 'a' })
    child.stderr!.pipe(log, { end: false })
    await new Promise<void>((done, failed) => {
      let said = ''
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        log.write(text)
        said += text
        if (said.includes('eims is up.')) done()
      })
      child.on('exit', (code) =>
        failed(new Error(`./eims up ended with ${code}; see ${join(this.dir, 'service.log')}`)),
      )
    })
  }

  /** Ends the service in order. */
  async down(): Promise<void> {
    if (this.#service) await endProcess(this.#service)
  }

  /** Ends the service's Node process and its postmaster with SIGKILL, at the same moment. */
  async kill(): Promise<void> {
    const postmaster = Number(
      (await readFile(join(this.dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')[0],
    )
    this.#service?.kill('SIGKILL')
    process.kill(postmaster, 'SIGKILL')
    await sleep(100)
  }

  /** Runs a verb of the CLI beside the service; its reply, parsed. */
  async eims<T = unknown>(...args: string[]): Promise<T> {
    const { stdout } = await this.lan.service.exec(join(root, 'eims'), [...args, '--json', '--data', this.dataDir], {
      timeoutMs: 300_000,
    })
    return (stdout === '' ? null : JSON.parse(stdout)) as T
  }

  /** A node as `nodes show` has it. Asked for each second, so without a process of its own each time. */
  async node(ref: string): Promise<ShownNode> {
    const { url, key } = JSON.parse(await readFile(join(this.dataDir, 'local.json'), 'utf8')) as Record<string, string>
    const get = async (path: string) => {
      const { status, text } = await this.#relay.ask(url + path, { headers: { authorization: `Bearer ${key}` } })
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
      return JSON.parse(text)
    }
    const path = `/api/v1/nodes/${encodeURIComponent(ref)}`
    const [detail, timeline] = await Promise.all([get(path), get(`${path}/timeline`)])
    return { ...detail, timeline }
  }

  /** Asks for a node until it is as wanted; rejects after `timeoutMs` with what it is instead, or at once when `hopeless`. */
  async until(
    ref: string,
    wanted: (node: ShownNode) => boolean,
    timeoutMs: number,
    hopeless = (node: ShownNode) => node.instance?.state === 'FAILED',
  ): Promise<ShownNode> {
    const start = performance.now()
    let last: ShownNode | undefined
    for (;;) {
      last = (await this.node(ref).catch(() => undefined)) ?? last
      if (last && wanted(last)) return last
      if (performance.now() - start > timeoutMs || (last && hopeless(last)))
        throw new Error(
          `${ref} is not as wanted after ${Math.round((performance.now() - start) / 1000)} s: ${describe(last)}`,
        )
      await sleep(1000)
    }
  }

  /** A machine on the bench, or on another wire; its files stay in a folder of its own. */
  async machine(name: string, spec: MachineOptions['spec'], wire: Wire = this.lan.bench): Promise<Machine> {
    const qemu = await fetchQemu(CACHE)
    return Machine.create({ lan: this.lan, spec, dir: join(this.dir, name), qemu, wire })
  }

  /** Logs in as the profile's user, from the site's namespace, at the address that the site's DHCP server gave. */
  async ssh(mac: string, command: string, user = 'edge'): Promise<string> {
    return (await ssh(await this.#target(mac, user), command, 120_000)).stdout.trim()
  }

  /** Resolves when a machine that was switched on again lets us in. */
  async reach(mac: string, timeoutMs: number, user = 'edge'): Promise<void> {
    await waitForSsh(await this.#target(mac, user), timeoutMs)
  }

  async #target(mac: string, user: string): Promise<SshTarget> {
    const address = await this.dhcp.addressOf(mac)
    if (!address) throw new Error(`${mac} has no lease`)
    return { namespace: this.lan.site, address, user, key: this.sshKey }
  }

  /** What was asked for on the wire so far. */
  wire() {
    return readCapture(this.capture.file, [HTTP_PORT])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
    this.#relay[Symbol.dispose]()
    await this.capture.stop()
    await this.dhcp.stop()
    await this.lan[Symbol.asyncDispose]()
  }
}

function describe(node: ShownNode | undefined): string {
  if (!node) return 'it does not exist'
  const { state, hold, waiting, instance, run, timeline } = node
  const action = run?.actions.findLast((candidate) => candidate.startedAt !== null)
  return [
    `host ${state}, instance ${instance?.state ?? 'none'} (${hold ?? waiting?.text ?? instance?.status.reason.text ?? ''})`,
    `run ${run?.state ?? 'none'}${action ? `, ${action.name} ${action.state} ${action.progress ?? ''} ${action.reason?.text ?? ''}` : ''}`,
    ...timeline.events.slice(-6).map((event) => `${event.at} ${event.message}`),
  ].join('\n')
}
