import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Namespace } from '@eims/lab'
import { CACHE } from '../../cache.ts'
import { median, round3, spread } from '../figures.ts'
import { fetchTftpdHpa, type Server, type ServerName, serverSeconds, startServer } from './peers.ts'

/** One run of load.pl with the CPU time that the server took meanwhile. */
interface Run {
  seconds: number
  cpuSeconds: number
  transfers: number
  repeats: number
  sha256: string
  serverCpuSeconds: number | null
}

interface Load {
  what: 'alone' | '50-at-once'
  count: number
  atOnce: number
}

/** A server at one window, with its runs. */
interface Lane {
  server: Server
  window: number
  runs: Run[]
}

const BYTES = 2 ** 20
const BLKSIZE = 1468
const LOADS: Load[] = [
  { what: 'alone', count: 20, atOnce: 1 },
  { what: '50-at-once', count: 100, atOnce: 50 },
]
const OURS: ServerName[] = ['eims', 'eims-single-port']
const PEERS: ServerName[] = ['tftpd-hpa', 'dnsmasq']
const WINDOWS = [1, 4, 16]
const perl = fileURLToPath(new URL('load.pl', import.meta.url))

/**
 * 1 MB at blksize 1468 beside tftpd-hpa and dnsmasq, which know no window: alone and 50 at once, our windowsize 1, 4 and
 * 16 against their lock step, rounds in turn (`--rounds N`, 5), all in one network namespace. Needs root.
 * Prints a JSON line for each: `ratio` is the peer's seconds by ours in the same round, median and spread of the rounds; `ratioOfBest` is of each
 * side's quickest round.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '5' } } })
  const hpa = await fetchTftpdHpa(CACHE)
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-tftp-'))
  const file = randomBytes(BYTES)
  const sha256 = createHash('sha256').update(file).digest('hex')
  await writeFile(join(folder, 'ipxe.efi'), file)
  try {
    await using namespace = await Namespace.create(`bench-tftp-${process.pid}`)
    await using servers = new AsyncDisposableStack()
    const all: Server[] = []
    for (const [at, name] of [...OURS, ...PEERS].entries()) {
      const address = `192.0.2.${at + 1}`
      await namespace.ip('address', 'add', `${address}/32`, 'dev', 'lo')
      all.push(servers.use(await startServer(namespace, name, address, folder, hpa)))
    }
    console.log(`# load: perl ${perl} ADDRESS 69 ipxe.efi ${BYTES} COUNT AT_ONCE ${BLKSIZE} WINDOWSIZE`)
    for (const load of LOADS) await compare(namespace, all, load, Number(values.rounds), sha256)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function compare(namespace: Namespace, servers: Server[], load: Load, rounds: number, sha256: string) {
  const lanes: Lane[] = servers.flatMap((server) =>
    (OURS.includes(server.name) ? WINDOWS : [1]).map((window) => ({ server, window, runs: [] })),
  )
  for (const lane of lanes) await measure(namespace, lane.server, load, lane.window, sha256) // compiles hot functions
  for (let round = 0; round < rounds; round++) {
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed())
      lane.runs.push(await measure(namespace, lane.server, load, lane.window, sha256))
  }
  for (const ours of lanes.filter(({ server }) => OURS.includes(server.name))) {
    for (const peer of lanes.filter(({ server }) => PEERS.includes(server.name))) {
      print(ours, peer, load)
    }
  }
}

function print(ours: Lane, peer: Lane, load: Load) {
  const ratios = ours.runs.map((run, round) => peer.runs[round]!.seconds / run.seconds)
  const name = `tftp/${load.what}/${ours.server.name}-window-${ours.window}/${peer.server.name}`
  const target = ours.window > 1 ? 1 : load.atOnce === 1 ? 0.5 : 0.7
  const met = median(ratios) >= target
  const [a, b] = [side(ours.runs), side(peer.runs)]
  // what is left of a busy machine's noise when each side has had its quietest moment
  const ratioOfBest = round3(b.msSpread[0]! / a.msSpread[0]!)
  const measured = { ratio: round3(median(ratios)), spread: spread(ratios).map(round3), ratioOfBest, target, met }
  console.log(JSON.stringify({ name, ...measured, ours: a, peer: b }))
  if (met) return
  const clientMs = round3(a.clientCpuShare * a.msPerFile)
  console.log(
    `# missed: of ${a.msPerFile} ms a file, eims computed ${a.serverCpuMsPerFile} ms and the client ${clientMs} ms; ` +
      `the rest is waiting, for each other or for a core (load average ${loadavg()[0]?.toFixed(1)}, ${cpus().length} cores)`,
  )
}

async function measure(
  namespace: Namespace,
  server: Server,
  { count, atOnce }: Load,
  window: number,
  sha256: string,
): Promise<Run> {
  const before = await serverSeconds(server)
  const words = [perl, server.address, 69, 'ipxe.efi', BYTES, count, atOnce, BLKSIZE, window].map(String)
  const run = JSON.parse((await namespace.exec('perl', words)).stdout) as Run
  if (run.sha256 !== sha256) throw new Error(`${server.name} served other bytes`)
  const after = await serverSeconds(server)
  return { ...run, serverCpuSeconds: before === null || after === null ? null : after - before }
}

/** Milliseconds a file (1 MB); CPU shares of one core: a client near 1 would be the limit, and the figure worthless. */
function side(runs: readonly Run[]) {
  const each = (of: (run: Run) => number) => round3(median(runs.map(of)))
  return {
    msPerFile: each((run) => (run.seconds / run.transfers) * 1000),
    msSpread: spread(runs.map((run) => (run.seconds / run.transfers) * 1000)).map(round3),
    ...(runs[0]?.serverCpuSeconds != null && {
      serverCpuMsPerFile: each((run) => (run.serverCpuSeconds! / run.transfers) * 1000),
      serverCpuShare: each((run) => run.serverCpuSeconds! / run.seconds),
    }),
    clientCpuShare: each((run) => run.cpuSeconds / run.seconds),
    repeats: runs.reduce((sum, run) => sum + run.repeats, 0),
  }
}
