import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildTargetImage, endProcess, Lan, type Namespace } from '@eims/lab'
import { CACHE } from '../../cache.ts'
import { startNginx } from '../../nginx/nginx.ts'
import { cpuSeconds, median, round2 } from '../figures.ts'
import { addImage, blobOf, startService } from '../image-service.ts'
import { type CallTimes, watchCalls } from './calls.ts'

interface Server {
  name: 'eims' | 'nginx'
  pid: number
  http: string
  https: string
}
interface Run {
  megabytesPerSecond: number
  cpuSecondsPerGB: number
  /** milliseconds of calls of ours, in a run of its own, while the chunks are read: half took no longer, and 99 of 100 */
  callP50: number
  callP99: number
}
interface Readers {
  clients: number
  /** files of curl's options: each chunk once, `bytes` together, and again and again */
  once: string
  on: string
  bytes: number
}
interface Chunk {
  sha256: string
  size: number
}

/** What a person who looks at the nodes meanwhile is to wait at most; milliseconds. */
const CALL_TARGET = 20
const ADDRESS = '192.168.77.1'
/** times nginx's CPU seconds a GB, plain */
const CPU_TARGET = 4
/** Calls whose slowest hundredth is told of. */
const CALLS = 500
/** Reading the chunks so often takes longer than those. */
const READ_ON = 500

/**
 * Clients (curl) that read an image's chunks from the service and from Debian's nginx, which serves the same files: 16 and
 * 50 at once, plain and over TLS, in turn (`--rounds N`, 3), about `--megabytes N` (1000) in each run. Needs root. Prints bytes a
 * second, clients and server on the same cores, and the server's own CPU seconds a GB; `ratio` is ours by nginx's. In further runs
 * somebody lists the nodes meanwhile (`--calls N`, 500): how long half of the calls take at most, and 99 of 100,
 * and how long while nginx serves in the service's place, which is what the clients alone cost on these cores.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      megabytes: { type: 'string', default: '1000' },
      clients: { type: 'string', default: '16,50' },
      calls: { type: 'string', default: String(CALLS) },
    },
  })
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-serve-'))
  await chmod(folder, 0o755)
  try {
    await using lan = await Lan.create({ name: 'bench-serve' })
    const data = join(folder, 'data')
    await using service = await startService(lan.service, data)
    const chunks = await addChunks(lan.service, data)
    await using nginx = await startNginx(lan.service, { cache: CACHE, folder, data, address: ADDRESS })
    const ours = { http: `http://${ADDRESS}:7480`, https: `https://${ADDRESS}:7443` }
    const servers: Server[] = [
      { name: 'eims', pid: service.child.pid!, ...ours },
      { name: 'nginx', pid: nginx.child.pid!, http: nginx.http, https: nginx.https },
    ]
    for (const scheme of ['http', 'https'] as const)
      for (const clients of values.clients.split(',').map(Number)) {
        const read = share(chunks, (Number(values.megabytes) * 1e6) / clients)
        const runs: Record<Server['name'], Run[]> = { eims: [], nginx: [] }
        for (let round = 0; round < Number(values.rounds); round++)
          for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
            const readers = await readersOf(folder, server[scheme], clients, read)
            const alone = await measure(lan.service, server, readers)
            const { p50, p99 } = await callsBeside(lan.service, readers, join(data, 'local.json'), Number(values.calls))
            runs[server.name].push({ ...alone, callP50: p50, callP99: p99 })
          }
        print(`serve/${scheme}/${clients}`, runs)
      }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function addChunks(namespace: Namespace, data: string): Promise<Chunk[]> {
  const { path } = await buildTargetImage({ variant: 'A', cacheDir: CACHE })
  const { manifestSha256 } = await addImage(namespace, data, path, 'bench')
  const manifest = await readFile(blobOf(data, manifestSha256), 'utf8')
  return (JSON.parse(manifest) as { frames: Chunk[] }).frames
}

/** The first chunks with so many bytes together, the same for every client: what 50 machines read, the page cache holds. */
function share(chunks: Chunk[], bytes: number): Chunk[] {
  let sum = 0
  return chunks.filter(({ size }) => {
    const belongs = sum < bytes
    sum += size
    return belongs
  })
}

async function readersOf(folder: string, base: string, clients: number, read: Chunk[]): Promise<Readers> {
  const lines = read.map(({ sha256 }) => `url = "${base}/blobs/${sha256}"\noutput = "/dev/null"\n`).join('')
  const [once, on] = [join(folder, 'once.curl'), join(folder, 'on.curl')]
  await writeFile(once, lines)
  await writeFile(on, lines.repeat(READ_ON))
  return { clients, once, on, bytes: read.reduce((sum, { size }) => sum + size, 0) }
}

async function measure(
  namespace: Namespace,
  { pid }: Server,
  readers: Readers,
): Promise<Omit<Run, 'callP50' | 'callP99'>> {
  const before = await withChildren(pid)
  const began = performance.now()
  const curl = () => namespace.exec('curl', ['-sfk', '-K', readers.once], { timeoutMs: 300_000 })
  await Promise.all(Array.from({ length: readers.clients }, curl))
  const seconds = (performance.now() - began) / 1000
  const gigabytes = (readers.bytes * readers.clients) / 1e9
  return {
    megabytesPerSecond: (gigabytes * 1000) / seconds,
    cpuSecondsPerGB: ((await withChildren(pid)) - before) / gigabytes,
  }
}

async function callsBeside(
  namespace: Namespace,
  readers: Readers,
  localFile: string,
  count: number,
): Promise<CallTimes> {
  await using stack = new AsyncDisposableStack()
  const curl = () => namespace.spawn('curl', ['-sfk', '-K', readers.on], { stdio: 'ignore' })
  const reading = Array.from({ length: readers.clients }, () => stack.adopt(curl(), (child) => endProcess(child)))
  const calls = stack.use(await watchCalls(namespace, localFile, count))
  const times = await calls.over
  if (reading.some(({ exitCode }) => exitCode !== null)) throw new Error('a client ended before the calls did')
  return times
}

/** Of a process and the children that it has: nginx's work is done by those. */
async function withChildren(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean)
  const all = await Promise.all([pid, ...children.map(Number)].map(cpuSeconds))
  return all.reduce((sum, some) => sum + some, 0)
}

function print(name: string, { eims, nginx }: Record<Server['name'], Run[]>): void {
  const middle = (runs: Run[], of: keyof Run) => median(runs.map((one) => one[of]))
  const both = (of: keyof Run) => {
    const [ours, theirs] = [middle(eims, of), middle(nginx, of)]
    return { eims: round2(ours), nginx: round2(theirs), ratio: round2(ours / theirs) }
  }
  const cpu = both('cpuSecondsPerGB')
  const calls = both('callP99')
  const target = { cpu: CPU_TARGET, callMs: CALL_TARGET }
  const met = { cpu: cpu.ratio <= CPU_TARGET, call: calls.eims <= CALL_TARGET }
  const figures = {
    megabytesPerSecond: both('megabytesPerSecond'),
    cpuSecondsPerGB: cpu,
    callMs50: both('callP50'),
    callMs99: calls,
    target,
    met,
  }
  console.log(JSON.stringify({ name, ...figures, cores: cpus().length }))
}
