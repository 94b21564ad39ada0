import { mkdirSync, readSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ChunkSource,
  execute,
  Failure,
  httpChunks,
  type Machine,
  openScreen,
  openServers,
  openSession,
  openState,
  runLoop,
  survey,
  thisMachine,
} from '@eims/agent'
import { createClient, ProblemError } from '@eims/contracts'
import { until } from '@eims/lab'
import { bootScript, fetchSite, goodReport, phoneHomeOf, Refusal } from './machine.ts'
import { MiB } from './sample-disk.ts'

/** Milliseconds until somebody who is to come again does. */
const AGAIN = 200

/**
 * A server at which many ask says to come again in some seconds (429, 503): iPXE, the agent and the unit on the OS do.
 * @throws what it says else, and what `signal` was aborted with
 */
async function whenItsTurnComes<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const { answer } = await until(async () => {
    signal.throwIfAborted()
    try {
      return { answer: await ask() }
    } catch (error) {
      if (error instanceof Refusal && [429, 503].includes(error.status)) return null
      if (error instanceof ProblemError && ['busy', 'too-many-requests'].includes(error.code)) return null
      throw error
    }
  }, AGAIN)
  return answer
}

const DISK = 32 * MiB
/** At the disk's end: the seed's partition, and what a table keeps behind it. */
const SEED = 12 * MiB

/** What a machine's firmware and NIC say of it. */
export interface Hardware {
  serial: string
  mac: string
  manufacturer: string
  product: string
}

/**
 * A machine with a BIOS, one NIC and one blank disk, made of files below a folder. What runs on it is the agent's own: its
 * loop, its session and its actions, which write the image to the disk's file.
 */
export class SimulatedMachine {
  readonly hardware: Hardware
  /** its disk refuses what is written to it */
  isDiskBad = false
  /** what it is at, for whoever waits for it in vain */
  doing = 'is switched off'
  /** how often it asked for bytes of an image, and until when each time it waits: a busy network */
  readonly #turn: (nth: number) => Promise<void>
  readonly #folder: string
  readonly #machine: Machine

  /** @param turn resolves when the machine's network lets it ask for bytes for the nth time, from 1 */
  constructor(folder: string, hardware: Hardware, turn: (nth: number) => Promise<void>) {
    this.hardware = hardware
    this.#turn = turn
    this.#folder = folder
    const [sysRoot, devRoot] = [join(folder, 'sys'), join(folder, 'dev')]
    const disk = join(sysRoot, 'devices/pci0000:00/0000:00:02.0/virtio1/block/vda')
    const texts = {
      [`${disk}/size`]: `${DISK / 512}`,
      [`${disk}/ro`]: '0',
      [`${disk}/removable`]: '0',
      [`${disk}/queue/logical_block_size`]: '512',
      [`${sysRoot}/class/net/eth0/address`]: hardware.mac,
      [`${sysRoot}/class/net/eth0/carrier`]: '1',
      [`${sysRoot}/class/net/eth0/device/vendor`]: '0x8086',
      [`${sysRoot}/class/dmi/id/product_serial`]: hardware.serial,
      [`${sysRoot}/class/dmi/id/sys_vendor`]: hardware.manufacturer,
      [`${sysRoot}/class/dmi/id/product_name`]: hardware.product,
    }
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(join(path, '..'), { recursive: true })
      writeFileSync(path, `${text}\n`)
    }
    for (const each of [join(sysRoot, 'block'), devRoot]) mkdirSync(each, { recursive: true })
    symlinkSync(disk, join(sysRoot, 'block/vda'))
    writeFileSync(join(devRoot, 'vda'), '')
    truncateSync(join(devRoot, 'vda'), DISK)
    const real = thisMachine(hardware.mac, false)
    this.#machine = {
      ...real,
      sysRoot,
      devRoot,
      root: folder,
      busybox: async () => '',
      openDisk: async (path, mode) => {
        const device = await real.openDisk(path, mode)
        return {
          read: (...where) => device.read(...where),
          sync: () => device.sync(),
          write: async (offset, bytes) => {
            if (!this.isDiskBad) return device.write(offset, bytes)
            const slots = { disk: '/dev/vda', doing: 'write' as const, offset, text: 'EIO: i/o error' }
            throw new Failure({ code: 'disk-error', slots })
          },
          [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
        }
      },
    }
  }

  /**
   * Boots from the network, does in the Micro-OS whatever the server says, restarts, is told to boot its disk, and has the
   * OS on it report itself with what stands in the seed.
   * @returns when the server took the report
   * @throws what ends it, and what `signal` was aborted with
   */
  async live(base: string, signal: AbortSignal): Promise<void> {
    this.doing = 'asks what to boot'
    const into = await this.#script(base, signal)
    await this.#agent(await whenItsTurnComes(() => fetchSite(into), signal), signal)
    this.doing = 'asks what to boot after its restart'
    const script = await this.#script(base, signal)
    if (/^kernel /m.test(script)) throw new Error(`${this.hardware.mac} is not to boot its disk: ${script}`)
    const text = await this.#endOfDisk()
    const { token, instanceId } = phoneHomeOf({ userData: text, metaData: text })
    const body = { ...goodReport(instanceId), machineId: this.hardware.mac }
    this.doing = 'has its OS report itself'
    await whenItsTurnComes(() => createClient({ baseUrl: base, token })('phoneHome', { body }, { signal }), signal)
    this.doing = 'runs its OS'
  }

  /** What iPXE gets: a server that is busy is asked anew, as its script says, only sooner. */
  #script(base: string, signal: AbortSignal): Promise<string> {
    return until(async () => {
      const script = await whenItsTurnComes(() => bootScript(base, this.hardware), signal)
      const isBusy = script.includes('ask-again') && !/^kernel /m.test(script)
      return !isBusy && script
    }, AGAIN)
  }

  /** The agent, until it leaves the machine. */
  async #agent(site: Awaited<ReturnType<typeof fetchSite>>, signal: AbortSignal): Promise<void> {
    this.doing = 'has its agent ask what to do'
    const left = new AbortController()
    const state = openState(join(this.#folder, 'state'))
    const session = openSession({
      servers: openServers(site.servers, () => {}),
      state,
      bootToken: site.bootToken,
      agentVersion: '0.1.0',
      describe: () => survey(this.#machine),
      backOff: { first: 20, cap: 500, random: Math.random },
      onTrouble: () => {},
      onOnboarded: () => {},
      onSessionLost: () => {},
    })
    const loop = runLoop(
      {
        plan: session,
        sink: session,
        chunks: site.servers.map((server) => this.#paced(httpChunks(server, session.token))),
        machine: this.#machine,
        state,
        screen: openScreen(
          () => {},
          () => performance.now(),
        ),
        execute: (action, context) => {
          this.doing = `is at ${action.name}`
          return execute(action, context)
        },
        finish: async () => left.abort(),
        pace: { report: 300, ask: 50 },
        grace: 60_000,
        now: Date.now,
      },
      AbortSignal.any([signal, left.signal]),
    )
    await loop.catch((error: unknown) => {
      if (!left.signal.aborted) throw error
    })
    signal.throwIfAborted()
  }

  #paced(source: ChunkSource): ChunkSource {
    let asked = 0
    return {
      name: source.name,
      fetch: async (...what) => {
        await this.#turn(++asked)
        return source.fetch(...what)
      },
    }
  }

  async #endOfDisk(): Promise<string> {
    await using disk = await open(join(this.#machine.devRoot, 'vda'))
    const bytes = Buffer.alloc(SEED)
    readSync(disk.fd, bytes, 0, SEED, DISK - SEED)
    return bytes.toString('latin1')
  }
}
