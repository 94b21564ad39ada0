import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildTargetImage, Lan, type Namespace } from '@eims/lab'
import { CACHE } from '../../cache.ts'
import { startNginx } from '../../nginx/nginx.ts'
import { cpuSeconds, median, round2 } from '../figures.ts'
import { addImage, blobOf, startService } from '../image-service.ts'
import { watchCalls } from './calls.ts'

interface Server {
  name: 'eims' | 'nginx'
  pid: number
  http: string
  https: string
}
interface Run {
  megabytesPerSecond: number
  cpuSecondsPerGB: number
  /** milliseconds of one call of ours in a hundred, at the least, while the chunks were read */
  callP99: number
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

/**
 * Clients (curl) that read an image's chunks from the service and from Debian's nginx, which serves the same files: 16 and
 * 50 at once, plain and over TLS, in turn (`--rounds N`, 3), about `--megabytes N` (1000) in each run. Needs root. Prints bytes a
 * second, clients and server on the same cores, and the server's own CPU seconds a GB; `ratio` is ours by nginx's. Somebody lists
 * the nodes meanwhile: how long one call in a hundred takes, and how long while nginx serves in the service's place.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      megabytes: { type: 'string', default: '1000' },
      clients: { type: 'string', default: '16,50' },
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
          for (const server of round % 2 === 0 ? servers : servers.toReversed())
            runs[server.name].push(
              await measure(lan.service, server, { base: server[scheme], clients, read, folder, data }),
            )
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

async function measure(
  namespace: Namespace,
  { pid }: Server,
  { base, clients, read, folder, data }: { base: string; clients: number; read: Chunk[]; folder: string; data: string },
): Promise<Run> {
  const config = join(folder, 'chunks.curl')
  const lines = read.map(({ sha256 }) => `url = "${base}/blobs/${sha256}"\noutput = "/dev/null"\n`)
  await writeFile(config, lines.join(''))
  await using calls = await watchCalls(namespace, join(data, 'local.json'))
  const before = await withChildren(pid)
  const began = performance.now()
  const curl = () => namespace.exec('curl', ['-sfk', '-K', config], { timeoutMs: 300_000 })
  await Promise.all(Array.from({ length: clients }, curl))
  const gigabytes = (read.reduce((sum, { size }) => sum + size, 0) * clients) / 1e9
  const seconds = (performance.now() - began) / 1000
  return {
    megabytesPerSecond: (gigabytes * 1000) / seconds,
    cpuSecondsPerGB: ((await withChildren(pid)) - before) / gigabytes,
    callP99: await calls.p99(),
  }
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
  const figures = { megabytesPerSecond: both('megabytesPerSecond'), cpuSecondsPerGB: cpu, callMs99: calls, target, met }
  console.log(JSON.stringify({ name, ...figures, cores: cpus().length }))
}
