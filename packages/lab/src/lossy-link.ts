import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Lan, Wire } from './lan.ts'
import { endProcess } from './namespace.ts'

interface LossyLink extends Wire, AsyncDisposable {
  /** Pulls the cable; how many frames came to it, and how many of them it lost. */
  stop(): Promise<{ frames: number; lost: number }>
}

/**
 * A wire that hangs on the bench LAN by a bad cable; a machine plugged into it loses frames in both directions.
 *
 *     service     namespace cable, without any address: it must not answer ARP
 *     br0 ─ veth ─ near ─ tap ─ lossy-link.pl ─ tap ─ far ─ machine's tap
 *
 * @param loss share of the frames that are lost, 0 to 1
 * @param seed which ones; the same number, the same ones
 */
export async function startLossyLink(lan: Lan, loss: number, seed: number): Promise<LossyLink> {
  const home = await lan.addNamespace('cable')
  const [near, far] = ['near', 'far'].map((bridge) => ({ home, bridge })) as [Wire, Wire]
  for (const { bridge } of [near, far]) {
    await home.ip('link', 'add', bridge, 'type', 'bridge', 'stp_state', '0', 'mcast_snooping', '0')
    await home.ip('link', 'set', bridge, 'up')
  }
  await lan.service.ip('link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', home.name)
  await lan.service.ip('link', 'set', 'cable0', 'master', lan.bench.bridge, 'up')
  await home.ip('link', 'set', 'eth0', 'master', near.bridge, 'up')
  const taps = [await lan.addTap(near), await lan.addTap(far)]
  const program = join(import.meta.dirname, 'lossy-link.pl')
  const child = home.spawn('perl', [program, ...taps, `${loss}`, `${seed}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line))
  const started = await Promise.race([once(reader, 'line'), once(child, 'exit')])
  if (started[0] !== 'carrying') throw new Error(`lossy-link.pl ended with ${started[0]}`)
  await home.exec('sh', ['-c', UNTIL_FORWARDING, 'sh', 'eth0', ...taps], { timeoutMs: 10_000 })
  const closed = once(reader, 'close')
  const stop = async () => {
    await endProcess(child)
    await closed
    const [frames, lost] = (lines.at(-1) ?? '').split(' ').map(Number)
    return { frames: frames ?? 0, lost: lost ?? 0 }
  }
  return { ...far, stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}

/** A port whose other end has just come up lets frames through when its bridge has noticed, within a second (3: forwarding). */
export const UNTIL_FORWARDING =
  'for port; do until [ "$(cat /sys/class/net/$port/brport/state)" = 3 ]; do sleep 0.05; done; done'
