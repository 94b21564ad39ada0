import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { run as command, Lan, type Namespace } from '@eims/lab'
import { CACHE } from '../../cache.ts'
import { launch } from '../../up/launched.ts'

/** Of all processes of one program. PSS counts a page that n processes share as a n-th in each, so sums are true. */
interface Memory {
  program: string
  processes: number
  pssMB: number
  rssMB: number
}

/**
 * What the service costs when nothing happens: seconds from `./eims up` to "eims is up.", at the first start (which
 * makes the database) and later, and the memory of all its processes after `--settle` seconds.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { starts: { type: 'string', default: '3' }, settle: { type: 'string', default: '20' } },
  })
  const print = (line: object) => process.stdout.write(`${JSON.stringify({ bench: 'idle', ...line })}\n`)
  print({ what: 'machine', cpus: cpus().length, model: cpus()[0]?.model, load: loadavg()[0] })
  const folder = await mkdtemp(join(tmpdir(), 'eims-idle-'))
  await chmod(folder, 0o755)
  await using lan = await Lan.create({ name: 'idle' })
  try {
    const start = async () => {
      const began = performance.now()
      const service = launch(lan.service, ['--interface', 'br0', '--data', join(folder, 'data')], { EIMS_CACHE: CACHE })
      await service.up()
      return { service, seconds: (performance.now() - began) / 1000 }
    }
    const first = await start()
    print({ what: 'first start', seconds: rounded(first.seconds) })
    await first.service.end('SIGTERM')
    const later: number[] = []
    for (let count = Number(values.starts); count > 0; count--) {
      const { service, seconds } = await start()
      later.push(seconds)
      if (count === 1) {
        await sleep(Number(values.settle) * 1000)
        const parts = await memoryIn(lan.service)
        for (const part of parts) print({ what: 'memory', ...part })
        const total = (key: 'pssMB' | 'rssMB') => rounded(parts.reduce((sum, part) => sum + part[key], 0))
        print({ what: 'memory of all', pssMB: total('pssMB'), rssMB: total('rssMB') })
      }
      await service.end('SIGTERM')
    }
    later.sort((a, b) => a - b)
    const middle = later[Math.floor(later.length / 2)] ?? 0
    print({ what: 'start', seconds: rounded(middle), of: later.map(rounded) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What runs in a namespace, by program. */
async function memoryIn(namespace: Namespace): Promise<Memory[]> {
  const { stdout } = await command('ip', ['netns', 'pids', namespace.name])
  const programs = new Map<string, Memory>()
  for (const pid of stdout.split('\n').filter(Boolean)) {
    const program = basename((await readFile(`/proc/${pid}/cmdline`, 'utf8')).split(/[\0 :]/)[0] ?? '')
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
    const megabytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024
    const before = programs.get(program) ?? { program, processes: 0, pssMB: 0, rssMB: 0 }
    programs.set(program, {
      program,
      processes: before.processes + 1,
      pssMB: rounded(before.pssMB + megabytes('Pss')),
      rssMB: rounded(before.rssMB + megabytes('Rss')),
    })
  }
  return [...programs.values()].sort((a, b) => b.pssMB - a.pssMB)
}

const rounded = (value: number) => Math.round(value * 10) / 10
