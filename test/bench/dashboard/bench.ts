import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Lan } from '@eims/lab'
import { createKey, type Db, ensureSite, migrate, openRegistry, startEmbeddedPostgres } from '@eims/registry'
import { CACHE } from '../../cache.ts'
import { launch } from '../../up/launched.ts'
import { median, round2 } from '../figures.ts'
import { costOf } from './cost.ts'
import { fill } from './hall.ts'
import { storm } from './storm.ts'

const dashboardTimes = fileURLToPath(new URL('../../../apps/server/test/browser/dashboard-times.ts', import.meta.url))
/** Milliseconds: from navigation until the page can be used, from the last key to rows, of one task of the main thread. */
const TARGETS = { first: 1500, filter: 200, task: 50 }

/** Milliseconds that a statement which makes the nodes may take. */
const PATIENCE = 900_000

type Times = { wall: number; cpu: number }[]
interface MainThread {
  longest: Times
  long: { wall: number; cpu: number }
  cpuPerSecond: number
}

/**
 * The dashboard of a site with 100,000 nodes, in Debian's Chromium beside `./eims up` with its embedded PostgreSQL: how long
 * its first use takes, with nothing in the browser's cache, how long a filter, and whether it stays quick, and the board
 * loses no second, while 2,000 nodes change in every second. Needs root. Nothing is judged but the targets that it prints.
 * `--nodes N` (100,000), `--rounds N` (5) of each, `--seconds N` (30) of storm, `--parts use,storm`: what of it.
 */
export async function run(args: string[]): Promise<void> {
  const option = (standard: string) => ({ type: 'string', default: standard }) as const
  const { values } = parseArgs({
    args,
    options: { nodes: option('100000'), rounds: option('5'), seconds: option('30'), parts: option('use,storm') },
  })
  const parts = values.parts.split(',')
  const [nodes, rounds, seconds] = [Number(values.nodes), Number(values.rounds), Number(values.seconds)]
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'eims-bench-dashboard-'))
  await chmod(folder, 0o755)
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const lan = stack.use(await Lan.create({ name: 'bench-dashboard' }))
  const data = join(folder, 'data')
  const start = async () => {
    const service = launch(lan.service, ['--interface', 'br0', '--data', data, '--log-level', 'warn'], {
      EIMS_CACHE: CACHE,
    })
    stack.use(service)
    await service.up()
    return service
  }
  const socket = encodeURIComponent(join(data, 'postgres/socket'))
  const url = `postgresql://eims@localhost/eims?host=${socket}&port=5432`
  const registry = openRegistry({ url, patience: PATIENCE })
  stack.defer(() => registry.close())
  const access = join(data, 'local.json')
  const browse = async (...words: (string | number)[]): Promise<unknown> => {
    const all = [dashboardTimes, access, CACHE, ...words.map(String)]
    const { stdout } = await lan.service.exec(process.execPath, all, { timeoutMs: 120_000 })
    return JSON.parse(stdout) as unknown
  }
  // It is started anew for each part: how it is launched bounds how long it lives.
  const beside = async (part: (service: number) => Promise<void>) => {
    const service = await start()
    await part(service.child.pid!)
    await service.end('SIGTERM')
  }
  await filled(join(data, 'postgres'), nodes)
  const using = async (service: number) => {
    /** Seconds that service and database compute for something done so often. */
    const costing = async <T>(often: number, work: () => Promise<T>) => {
      const before = await costOf(service, data)
      const done = await work()
      const after = await costOf(service, data)
      const each = (name: 'service' | 'database') => round2((after[name] - before[name]) / often)
      return { done, serviceCpu: each('service'), databaseCpu: each('database') }
    }
    for (const [path, selector] of [
      ['/', '.tile'],
      ['/nodes', '.row.body'],
    ] as const) {
      const { done, ...cpu } = await costing(rounds + 1, () => browse('first', rounds + 1, path, selector))
      const [cold, ...warm] = done as Times
      print(`first use of ${path}`, TARGETS.first, warm, { coldServer: round2(cold!.wall), ...cpu })
    }
    for (const [name, asked] of Object.entries(await filters(registry.db, rounds))) {
      const file = join(folder, 'filters.json')
      await writeFile(file, JSON.stringify(asked))
      const { done, ...cpu } = await costing(rounds, () => browse('filters', file))
      print(`filter ${name}`, TARGETS.filter, done as Times, cpu)
    }
  }
  if (parts.includes('use')) await beside(using)
  if (!parts.includes('storm')) return
  await beside(async (service) => {
    const { key } = await createKey(registry.db, { name: 'screen', role: 'board' })
    const during = async (name: string, words: (string | number)[]) => {
      const end = new AbortController()
      const before = await costOf(service, data)
      const changing = storm(registry, end.signal)
      const began = performance.now()
      const told = (await browse(...words).finally(() => end.abort())) as MainThread & Record<string, unknown>
      const changedPerSecond = Math.round(await changing)
      const after = await costOf(service, data)
      const perSecond = (of: 'service' | 'database') =>
        round2((after[of] - before[of]) / ((performance.now() - began) / 1000))
      const { longest, long, cpuPerSecond, ...more } = told
      const [wall, cpu] = [longest[0]!.wall, Math.max(...longest.map((each) => each.cpu))]
      const tasks = {
        longestMs: round2(wall),
        longestCpuMs: round2(cpu),
        target: TARGETS.task,
        met: wall <= TARGETS.task,
      }
      const counts = { over50: long.wall, over50Cpu: long.cpu, pageCpuMsPerSecond: round2(cpuPerSecond) }
      const costs = { serviceCpuPerSecond: perSecond('service'), databaseCpuPerSecond: perSecond('database') }
      console.log(
        JSON.stringify({
          name: `dashboard/${name}`,
          ...tasks,
          ...counts,
          ...more,
          changedPerSecond,
          ...costs,
          ...around(),
        }),
      )
    }
    await during('storm, a list is scrolled through', ['storm', seconds, '/nodes?batch=storm&orderBy=name'])
    await during('storm, the board of the site', ['board', seconds, key])
  })
}

/** Makes the database that the service then finds, with all of its nodes. */
async function filled(dataDir: string, nodes: number): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dataDir })
  const registry = openRegistry({ url: postgres.url, patience: PATIENCE })
  try {
    await migrate({ url: postgres.url })
    await ensureSite(registry.db)
    await fill(registry.db, nodes)
  } finally {
    await registry.close()
    await postgres.stop()
  }
}

/** What is typed, each a text of its own since the page keeps what it read, and the filter that it stands for. */
async function filters(db: Db, rounds: number): Promise<Record<string, { typed: string; filter: string }[]>> {
  const some = await db.node.findMany({
    select: { id: true, name: true, identifiers: { select: { kind: true, value: true } } },
    where: { batchId: { not: null, notIn: ['storm'] } },
    orderBy: { name: 'asc' },
    skip: 4321,
    take: 40 * rounds,
  })
  const each = (make: (node: (typeof some)[number], round: number) => string | { typed: string; filter: string }) =>
    Array.from({ length: rounds }, (_, round) => {
      const made = make(some[40 * round]!, round)
      return typeof made === 'string' ? { typed: made, filter: made } : made
    })
  const value = ({ identifiers }: (typeof some)[number], of: string) =>
    identifiers.find(({ kind }) => kind === of)!.value
  const text = (typed: string, ...fields: string[]) => ({
    typed,
    filter: fields.map((field) => `${field}:"${typed}"`).join(' OR '),
  })
  const lot = (round: number) => `lot-${String(round + 1).padStart(2, '0')}`
  return {
    'part of a name': each(({ name }) => text(name.slice(0, 10), 'name', 'serial')),
    'a whole serial': each((node) => text(value(node, 'serial').toUpperCase(), 'name', 'serial')),
    'part of a MAC': each((node) => text(value(node, 'mac').slice(3, 14), 'name', 'serial', 'mac')),
    'three signs': each((_, round) => text(`${17 + round}x`, 'name', 'serial')),
    'part of a UUID': each((node) => `uuid:${value(node, 'uuid').slice(28)}`),
    id: each(({ id }) => `id = ${id}`),
    'a batch and a state': each((_, round) => `batch = ${lot(round)} AND instance.state = FAILED`),
    metadata: each((_, round) => `metadata.rack = r${round + 7}`),
    'what is waited for': each((_, round) => `waiting = no-profile AND batch = ${lot(round)}`),
    'not seen': each((_, round) => `seen = false AND batch = ${lot(round)}`),
  }
}

const around = () => ({ cores: cpus().length, load: round2(loadavg()[0]!) })

function print(name: string, target: number, times: Times, more: object): void {
  const walls = times.map(({ wall }) => wall)
  const ms = round2(median(walls))
  console.log(
    JSON.stringify({
      name: `dashboard/${name}`,
      ms,
      most: round2(Math.max(...walls)),
      target,
      met: ms <= target,
      pageCpuMs: round2(median(times.map(({ cpu }) => cpu))),
      ...more,
      ...around(),
    }),
  )
}
