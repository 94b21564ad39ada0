import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { endProcess, Lan } from '@eims/lab'
import { CACHE } from '../../cache.ts'
import { launch } from '../../up/launched.ts'
import { round2 } from '../figures.ts'
import { machine } from '../import/rows.ts'

const floorTimes = fileURLToPath(new URL('../../../apps/server/test/browser/floor-times.ts', import.meta.url))
/** Milliseconds from Enter to the painted answer that nineteen scans of twenty are to stay below. */
const TARGET = 150
const WARM_UP = 10
/** Which machines of the bench they are. */
const LOT = 7

/**
 * How long a person at the floor waits: from the scanner's Enter until the browser has painted the answer, with
 * `./eims up` and its embedded PostgreSQL, while machines boot. Needs root.
 * `--machines N` (2,000), `--boots N` a second (33: each of them once in a minute), `--scans N` (200) of each sort. A server
 * that cannot follow is asked for less; `booted` tells how many it were in a second.
 */
export async function run(args: string[]): Promise<void> {
  const option = (standard: string) => ({ type: 'string', default: standard }) as const
  const { values } = parseArgs({
    args,
    options: { machines: option('2000'), boots: option('33'), scans: option('200') },
  })
  const [machines, boots, scans] = [Number(values.machines), Number(values.boots), Number(values.scans)]
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-floor-'))
  await chmod(folder, 0o755)
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const lan = stack.use(await Lan.create({ name: 'bench-floor' }))
  const data = join(folder, 'data')
  const service = stack.use(
    launch(lan.service, ['--interface', 'br0', '--data', data, '--log-level', 'warn'], { EIMS_CACHE: CACHE }),
  )
  await service.up()
  const access = join(data, 'local.json')
  const load = (...words: (string | number)[]) => [join(import.meta.dirname, 'load.ts'), ...words.map(String)]
  await lan.service.exec(process.execPath, load(access, 'fill', LOT, machines), { timeoutMs: 120_000 })

  const list = join(folder, 'serials.json')
  await writeFile(list, JSON.stringify(Array.from({ length: machines }, (_, number) => machine(LOT, number).serial)))

  const measure = async (name: string, code: string) => {
    const words = [floorTimes, access, list, CACHE, code, String(scans + WARM_UP)]
    const { stdout } = await lan.service.exec(process.execPath, words, { timeoutMs: 200_000 })
    const times = (JSON.parse(stdout) as number[]).slice(WARM_UP).toSorted((a, b) => a - b)
    const rank = (share: number) => round2(times[Math.min(times.length - 1, Math.floor(times.length * share))]!)
    const [p50, p95, p99] = [rank(0.5), rank(0.95), rank(0.99)]
    const around = { machines, scans, cores: cpus().length, load: round2(loadavg()[0]!) }
    console.log(JSON.stringify({ name: `floor/${name}`, p50, p95, p99, target: TARGET, met: p95 <= TARGET, ...around }))
  }
  await measure('look-up', 'EIMS.LOOK')
  await measure('hold', 'EIMS.HOLD')
  const words = load(`http://${lan.bench.serviceAddress}:7480`, 'boot', LOT, machines, boots)
  const booting = lan.site.spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  stack.defer(() => endProcess(booting))
  await measure('look-up while machines boot', 'EIMS.LOOK')
  await measure('hold while machines boot', 'EIMS.HOLD')
  const booted = text(booting.stdout!)
  await endProcess(booting)
  console.log(JSON.stringify({ name: 'floor/booted', perSecond: round2(Number(await booted)), asked: boots }))
}
