import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Lan } from '@eims/lab'
import { median, round2, spread } from '../figures.ts'

/** One run of load.pl, and the time on a core that the server took for each offer, in microseconds. */
type Run = {
  offers: number
  perSecond: number
  medianUs: number
  p99Us: number
  lost: number
  loadCpu: number
  bytes: number
}
type Measured = Run & { cpuUs: number }
type Server = { name: 'eims' | 'dnsmasq'; lan: Lan; child: ChildProcess }

/** What issue and README promise: rate beside the peer's, with a 99th percentile not above it. */
const TARGETS: Record<number, { ratio: number; p99: boolean }> = {
  1: { ratio: 0.9, p99: false },
  16: { ratio: 1.2, p99: true },
  64: { ratio: 1.2, p99: true },
}
const MACHINES = 100
/** above what each machine asks in a second; the service's own bound is 10 */
const PER_CLIENT = 5000
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * DISCOVER -> OFFER beside dnsmasq as ProxyDHCP: one load generator, two servers in namespaces of the same form, rounds
 * in turn. `--rounds N` (5), `--seconds S` (3), `--outstanding N` (1, 16 and 64).
 */
export async function run(args: string[]): Promise<void> {
  const option = (standard: string) => ({ type: 'string', default: standard }) as const
  const { values } = parseArgs({
    args,
    options: { rounds: option('5'), seconds: option('3'), outstanding: option('1,16,64') },
  })
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
  await using ours = await startServer('eims')
  await using peer = await startServer('dnsmasq')
  for (const server of [ours, peer]) await measure(server, 16, 2) // compiles hot functions, fills ARP tables
  for (const outstanding of values.outstanding.split(',').map(Number)) {
    const runs: Record<Server['name'], Measured[]> = { eims: [], dnsmasq: [] }
    for (let round = 0; round < rounds; round++) {
      for (const server of round % 2 === 0 ? [ours, peer] : [peer, ours]) {
        runs[server.name].push(await measure(server, outstanding, seconds))
      }
    }
    console.log(JSON.stringify(summary(outstanding, runs.eims, runs.dnsmasq)))
  }
}

async function startServer(name: Server['name']): Promise<Server & AsyncDisposable> {
  const lan = await Lan.create({ name: `bench-${name}` })
  const { serviceAddress, bridge, subnet } = lan.bench
  const [command, args] =
    name === 'eims'
      ? [process.execPath, [here('ours.ts'), serviceAddress, String(PER_CLIENT)]]
      : ['dnsmasq', dnsmasqArguments(bridge, subnet)]
  console.log(`# ${name}: ${command} ${args.join(' ')}`)
  const child = lan.service.spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stderr!.on('data', (text) => process.stderr.write(`# ${name}: ${text}`))
  child.stdout!.on('data', (text) => process.stdout.write(`# ${name}: ${text}`))
  await once(name === 'eims' ? child.stdout! : child.stderr!, 'data')
  return {
    name,
    lan,
    child,
    async [Symbol.asyncDispose]() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
      child.kill()
      await ended
      await lan[Symbol.asyncDispose]()
    },
  }
}

/** As a ProxyDHCP for BIOS machines, with logging off but for what it says at its start. */
function dnsmasqArguments(bridge: string, subnet: string): string[] {
  const place = ['--bind-interfaces', `--interface=${bridge}`, '--port=0', '--conf-file=/dev/null', '--pid-file=']
  const proxy = [`--dhcp-range=${subnet}.0,proxy`, '--pxe-service=x86PC,boot,undionly', '--quiet-dhcp']
  return ['--keep-in-foreground', '--user=root', '--log-facility=-', ...place, ...proxy]
}

async function measure({ name, lan, child }: Server, outstanding: number, seconds: number): Promise<Measured> {
  const { serviceAddress, neighbourAddress } = lan.bench
  const before = await cpuSeconds(child.pid!)
  const load = [here('load.pl'), serviceAddress, neighbourAddress, outstanding, seconds, MACHINES].map(String)
  const { stdout } = await lan.site.exec('perl', load)
  const run = JSON.parse(stdout) as Run
  const cpuUs = (1e6 * ((await cpuSeconds(child.pid!)) - before)) / run.offers
  if (run.lost > 0) console.log(`# ${name}: ${run.lost} lost`)
  return { ...run, cpuUs }
}

/** On all its threads, to the nanosecond: the figure that other work on the machine changes least. */
async function cpuSeconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const spent = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')))
  return spent.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9
}

function summary(outstanding: number, ours: readonly Measured[], peer: readonly Measured[]) {
  const rates = ours.map((run, round) => run.perSecond / peer[round]!.perSecond)
  const ratio = median(rates)
  const [p99, peerP99] = [ours, peer].map((runs) => median(runs.map((run) => run.p99Us))) as [number, number]
  const target = TARGETS[outstanding]
  const met = !target || (ratio >= target.ratio && (!target.p99 || p99 <= peerP99))
  return {
    name: `dhcp/outstanding-${outstanding}`,
    ratio: round2(ratio),
    spread: spread(rates).map(round2),
    target: target?.ratio ?? null,
    met,
    cpuRatio: round2(median(peer.map((run) => run.cpuUs)) / median(ours.map((run) => run.cpuUs))),
    eims: side(ours),
    dnsmasq: side(peer),
  }
}

function side(runs: readonly Measured[]) {
  const rates = runs.map((run) => run.perSecond)
  return {
    perSecond: median(rates),
    spread: spread(rates),
    medianUs: median(runs.map((run) => run.medianUs)),
    p99Us: median(runs.map((run) => run.p99Us)),
    lost: runs.reduce((sum, run) => sum + run.lost, 0),
    cpuUs: round2(median(runs.map((run) => run.cpuUs))),
    loadCpu: round2(median(runs.map((run) => run.loadCpu))),
    bytes: runs[0]!.bytes,
  }
}
