import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { buildTargetImage } from '@eims/lab'
import { CACHE } from '../../cache.ts'
import { median, round3, spread } from '../figures.ts'

const ours = fileURLToPath(new URL('../../../apps/server/test/support/convert-file.ts', import.meta.url))
const execute = promisify(execFile)

interface Run {
  seconds: number
  cpuSeconds: number
  stored?: number
  megabytes?: number
}

interface Lane {
  name: string
  command: (folder: string) => string[]
  runs: Run[]
}

/**
 * A real OS's image (805 MB, sparse) as raw and as qcow2, made into frames as `images add` does, beside what makes one
 * compressed file of it and syncs it, without a digest of anything: `zstd -3 -T2` and `qemu-img convert` to a compressed qcow2 (zstd). Rounds in turn
 * (`--rounds N`, 5), each into an empty folder. Prints a JSON line for each format and peer: `ratio` is the peer's
 * seconds by ours, `cpuRatio` our CPU seconds by the peer's.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '5' } } })
  const raw = (await buildTargetImage({ variant: 'A', cacheDir: CACHE, log: console.log })).path
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-convert-'))
  try {
    const qcow2 = join(folder, 'image.qcow2')
    await execute('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2])
    const { size } = await stat(raw)
    await compare('raw', size, Number(values.rounds), folder, [
      { name: 'eims', command: (to) => [process.execPath, ours, raw, 'raw', to], runs: [] },
      {
        name: 'zstd',
        command: (to) => shell(`zstd -q -3 -T2 -o ${to}/image.zst ${raw} && sync ${to}/image.zst`),
        runs: [],
      },
      { name: 'qemu-img', command: (to) => compressed(raw, 'raw', to), runs: [] },
    ])
    await compare('qcow2', size, Number(values.rounds), folder, [
      { name: 'eims', command: (to) => [process.execPath, ours, qcow2, 'qcow2', to], runs: [] },
      { name: 'qemu-img', command: (to) => compressed(qcow2, 'qcow2', to), runs: [] },
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
}

const shell = (script: string) => ['sh', '-c', script]
const compressed = (from: string, format: string, to: string) =>
  shell(
    `qemu-img convert -f ${format} -O qcow2 -c -o compression_type=zstd -m 2 -W ${from} ${to}/image.qcow2 && sync ${to}/image.qcow2`,
  )

async function compare(format: string, size: number, rounds: number, folder: string, lanes: Lane[]) {
  for (let round = 0; round < rounds; round++)
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) lane.runs.push(await measure(lane, folder))
  const [us, ...peers] = lanes as [Lane, ...Lane[]]
  for (const peer of peers) {
    const ratios = us.runs.map(({ seconds }, round) => peer.runs[round]!.seconds / seconds)
    const cpu = us.runs.map(({ cpuSeconds }, round) => cpuSeconds / peer.runs[round]!.cpuSeconds)
    console.log(
      JSON.stringify({
        name: `convert/${format}/${peer.name}`,
        ratio: round3(median(ratios)),
        spread: spread(ratios).map(round3),
        cpuRatio: round3(median(cpu)),
        ours: side(us, size),
        peer: side(peer, size),
        cores: cpus().length,
      }),
    )
  }
}

/** Runs one into a folder of its own; the shell tells the CPU seconds of it and its children. */
async function measure({ command }: Lane, parent: string): Promise<Run> {
  const folder = join(parent, 'to')
  await mkdir(folder)
  const begun = performance.now()
  const words = command(folder)
  const timed = ['-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', ...words]
  const { stdout, stderr } = await execute('bash', timed, { maxBuffer: 2 ** 20 })
  const seconds = (performance.now() - begun) / 1000
  const [user = 0, system = 0] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number)
  await rm(folder, { recursive: true })
  const said = stdout.startsWith('{') ? JSON.parse(stdout) : {}
  return { seconds, cpuSeconds: user + system, stored: said.storedSize, megabytes: said.megabytes }
}

function side({ runs }: Lane, size: number) {
  const seconds = median(runs.map((run) => run.seconds))
  const most = Math.max(...runs.map(({ megabytes }) => megabytes ?? 0))
  return {
    megabytesPerSecond: Math.round(size / 1e6 / seconds),
    seconds: round3(seconds),
    cpuSeconds: round3(median(runs.map(({ cpuSeconds }) => cpuSeconds))),
    ...(most > 0 ? { peakMemory: most } : {}),
  }
}
