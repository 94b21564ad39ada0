import { hash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { run as command, Lan } from '@eims/lab'
import { launcher, root } from '../../up/launched.ts'
import { median, round3, spread } from '../figures.ts'
import { addImage, blobOf, startService } from '../image-service.ts'
import { type LoopDisk, loopDisk } from './disk.ts'
import { IMAGES } from './images.ts'

interface Figures {
  seconds: number
  cpuSeconds: number
  peakMB?: number
  startSeconds?: number
  startCpu?: number
}
/** Writes the image to the disk. */
type Writer = () => Promise<Figures>

const BASE = 'http://192.168.77.1:7480'
/** Ours by the quickest peer's: what a round is held against. */
const MOST = { time: { sparse: 1, dense: 1.2 }, cpu: 1.5, megabytes: 256 }
const perl = fileURLToPath(new URL('four-writers.pl', import.meta.url))

/**
 * The agent's write-image, from the service to a disk (a loop device with direct I/O), beside what people pipe together:
 * `curl | zstd | dd`, and the same with four writers as Tinkerbell's image2disk has them. All read from the same service in
 * the same namespace, one after the other in each round (`--rounds N`, 5; `--images sparse,dense`). Needs root.
 * `--profile DIR` keeps a CPU profile of each of our runs.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      images: { type: 'string', default: 'sparse,dense' },
      profile: { type: 'string' },
    },
  })
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-image-'))
  await chmod(folder, 0o755)
  try {
    await using lan = await Lan.create({ name: 'bench-image' })
    const data = join(folder, 'data')
    await using _ = await startService(lan.service, data)
    const agent = join(folder, 'agent.mjs')
    await bundle(agent)
    for (const name of values.images.split(',') as (keyof typeof IMAGES)[]) {
      const path = await IMAGES[name](folder)
      const image = await addImage(lan.service, data, path, name)
      const file = await asOneFile(data, path, folder)
      await using disk = await loopDisk(folder, Math.ceil(image.rawSize / 2 ** 26) * 2 ** 26 + 2 ** 26)
      const profiling = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : []
      const ours: Writer = async () => {
        const words = [agent, BASE, image.manifestSha256, `${image.rawSize}`, disk.node, `${disk.size}`]
        return JSON.parse((await lan.service.exec(process.execPath, [...profiling, ...words])).stdout) as Figures
      }
      const piped = (end: string) => async () => {
        const began = performance.now()
        const pipe = `set -o pipefail; curl -sf ${BASE}/blobs/${file} | zstd -dc | ${end}; times`
        const { stdout: times } = await lan.service.exec('bash', ['-ec', pipe])
        return { seconds: (performance.now() - began) / 1000, cpuSeconds: ofChildren(times) }
      }
      const writers: Record<string, Writer> = {
        eims: ours,
        dd: piped(`dd of=${disk.node} bs=4M iflag=fullblock oflag=direct conv=fsync status=none`),
        'four-writers': piped(`perl ${perl} ${disk.node}`),
      }
      // what the service wrote is not to be on its way to the same disk meanwhile
      await command('sync', [], { timeoutMs: 300_000 })
      const runs = await compare(writers, disk, path, Number(values.rounds))
      print(name, runs, { rawMB: image.rawSize / 1e6, storedMB: image.storedSize / 1e6 })
      await lan.service.exec(launcher, ['images', 'delete', name, '--yes', '--data', data])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One file for Node 24, as it is made for the Micro-OS (deploy/micro-os/agent-bundle.ts). */
async function bundle(outFile: string): Promise<void> {
  const flags = ['--bundle', '--platform=node', '--format=esm', '--target=node24', `--outfile=${outFile}`]
  const esbuild = join(root, 'node_modules/.bin/esbuild')
  await command(esbuild, ['apps/agent/test/support/bench-agent.ts', ...flags, '--log-level=error'], { cwd: root })
}

/** The same image as one file for the pipes, packed as well as the service packs, among the service's pieces. */
async function asOneFile(data: string, path: string, folder: string): Promise<string> {
  const packed = join(folder, 'whole.zst')
  await command('zstd', ['-q', '-f', '-3', path, '-o', packed], { timeoutMs: 120_000 })
  const bytes = await readFile(packed)
  const digest = hash('sha256', bytes)
  const blob = blobOf(data, digest)
  await mkdir(dirname(blob), { recursive: true, mode: 0o755 })
  await writeFile(blob, bytes, { mode: 0o644 })
  const { uid, gid } = await stat(join(data, 'blobs'))
  await command('chown', ['-R', `${uid}:${gid}`, dirname(blob)])
  return digest
}

/** Each writer in each round, on a disk of zeros; what the first round wrote is compared. */
async function compare(writers: Record<string, Writer>, disk: LoopDisk, path: string, rounds: number) {
  const runs: Record<string, Figures[]> = {}
  for (let round = 0; round < rounds; round++) {
    const turn = Object.entries(writers)
    for (const [name, write] of round % 2 === 0 ? turn : turn.toReversed()) {
      await disk.renew()
      const figures = await write()
      runs[name] = [...(runs[name] ?? []), figures]
      if (round === 0) await disk.holds(path)
    }
  }
  return runs
}

function print(image: 'sparse' | 'dense', runs: Record<string, Figures[]>, sizes: Record<string, number>): void {
  const { eims: ours = [], ...peers } = runs
  const best = (of: 'seconds' | 'cpuSeconds', round: number) =>
    Math.min(...Object.values(peers).map((figures) => figures[round]![of]))
  const time = ours.map(({ seconds }, round) => seconds / best('seconds', round))
  const cpu = ours.map(({ cpuSeconds }, round) => cpuSeconds / best('cpuSeconds', round))
  const peak = Math.max(...ours.map(({ peakMB }) => peakMB ?? 0))
  const lines = [
    { name: `image/${image}/time`, ratio: median(time), spread: spread(time), target: MOST.time[image] },
    { name: `image/${image}/cpu`, ratio: median(cpu), spread: spread(cpu), target: MOST.cpu },
    { name: `image/${image}/memory`, ratio: peak / MOST.megabytes, peakMB: peak, target: 1 },
  ]
  for (const line of lines) say({ ...line, met: line.ratio <= line.target })
  for (const [name, figures] of Object.entries(runs)) {
    const each = (of: keyof Figures) => figures.map((one) => one[of] ?? 0)
    const [seconds, cpuSeconds] = [each('seconds'), each('cpuSeconds')]
    const start = { startSeconds: median(each('startSeconds')), startCpu: median(each('startCpu')) }
    const took = { seconds: median(seconds), spread: spread(seconds), cpuSeconds: median(cpuSeconds) }
    say({ name: `image/${image}/${name}`, ...took, ...(name === 'eims' && start), ...sizes, cores: cpus().length })
  }
}

/** User and system seconds of a shell's children: the second line of `times`, `0m0.123s 0m0.045s`. */
function ofChildren(times: string): number {
  const parts = times.trim().split('\n').at(-1)!.split(' ')
  return parts.reduce((sum, part) => {
    const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(part)!
    return sum + Number(minutes) * 60 + Number(seconds)
  }, 0)
}

function say(line: Record<string, unknown>): void {
  console.log(JSON.stringify(line, (_key, value: unknown) => (typeof value === 'number' ? round3(value) : value)))
}
