import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { endProcess, Lan } from '@eims/lab'
import { round2 } from '../figures.ts'

const launcher = resolve(import.meta.dirname, '../../../eims')
const client = fileURLToPath(new URL('client.ts', import.meta.url))
/** What README promises. */
const TIMES_AT_10K = 30
const MOST_MEGABYTES = 400

interface Figures {
  seconds: number
  created?: number
  unchanged?: number
  [more: string]: unknown
}

/**
 * Rows per second of `POST /imports` beside the way of EIM's tool (three requests a row against this server), on the
 * embedded database, each size on a fresh one. The tool's rows come first, so ours meet the fuller registry.
 * `--sizes 1000,10000,100000`, `--peer-rows N`: so many at most by the tool's way (10,000), whose rate is what counts.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      sizes: { type: 'string', default: '1000,10000,100000' },
      'peer-rows': { type: 'string', default: '10000' },
    },
  })
  let before: { rows: number; seconds: number } | null = null
  for (const rows of values.sizes.split(',').map(Number)) {
    await using bench = await startBench()
    const idle = await bench.memory('VmRSS')
    await bench.client('prepare')
    // At 100,000 rows the tool's way would take an hour; its rate is known after a tenth of that.
    const peerRows = Math.min(rows, Number(values['peer-rows']))
    const peer = await bench.client('peer', 1, peerRows)
    const resting = await bench.memory('VmRSS')
    await bench.forgetPeak()
    const ours = await bench.client('ours', 2, rows)
    const peak = await bench.memory('VmHWM')
    const again = await bench.client('ours', 2, rows)
    const ratio = rows / ours.seconds / (peerRows / peer.seconds)
    const growth = before && ours.seconds / before.seconds / (rows / before.rows)
    console.log(
      JSON.stringify({
        name: `import/${rows}`,
        ratio: round2(ratio),
        target: rows === 10_000 ? TIMES_AT_10K : null,
        met: rows !== 10_000 || ratio >= TIMES_AT_10K,
        rowsPerSecond: Math.round(rows / ours.seconds),
        seconds: round2(ours.seconds),
        created: ours.created,
        again: { seconds: round2(again.seconds), unchanged: again.unchanged, created: again.created },
        threeRequests: {
          rows: peerRows,
          rowsPerSecond: round2(peerRows / peer.seconds),
          seconds: round2(peer.seconds),
        },
        timeByRows: growth === null ? null : round2(growth),
        megabytes: { idle, before: resting, peak, limit: MOST_MEGABYTES, met: peak < MOST_MEGABYTES },
        cores: cpus().length,
      }),
    )
    before = { rows, seconds: ours.seconds }
  }
}

async function startBench() {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-import-'))
  await chmod(folder, 0o755)
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const lan = stack.use(await Lan.create({ name: 'bench-import' }))
  const data = join(folder, 'data')
  const args = ['up', '--interface', 'br0', '--data', data, '--log-level', 'warn']
  const server = lan.service.spawn(launcher, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  stack.defer(() => endProcess(server))
  await isUp(server)
  const parts = stack.move()
  return {
    async client(...words: (string | number)[]): Promise<Figures> {
      const { stdout } = await lan.service.exec(
        process.execPath,
        [client, join(data, 'local.json'), ...words.map(String)],
        { timeoutMs: 3_600_000 },
      )
      return JSON.parse(stdout) as Figures
    },
    /** of the service's own process, in megabytes; PostgreSQL's are others */
    async memory(field: 'VmRSS' | 'VmHWM'): Promise<number> {
      const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
      return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
    },
    forgetPeak: () => writeFile(`/proc/${server.pid}/clear_refs`, '5'),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

async function isUp(server: ChildProcess): Promise<void> {
  let said = ''
  const ended = once(server, 'exit').then(() => {
    throw new Error(`./eims up ended: ${said}`)
  })
  ended.catch(() => {})
  server.stdout!.setEncoding('utf8')
  for (;;) {
    const [text] = (await Promise.race([once(server.stdout!, 'data'), ended])) as [string]
    said += text
    if (said.includes('eims is up.')) break
  }
  server.stdout!.resume()
}
