import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cpuSeconds, median, round2, spread } from '../figures.ts'
import { type Server, startServers } from './servers.ts'
import { commitSeconds, countStatements } from './statements.ts'

/** One run of load.ts, and the time on a core that the server's process took for each call; all in milliseconds. */
interface Measured {
  perSecond: number
  p50: number
  p99: number
  cpu: number
}

type What = 'post' | 'page' | 'node'

/** What README promises, of an idle machine with two cores. */
const TARGETS: Record<string, { p50?: number; perSecond?: number }> = {
  'post/1': { p50: 5 },
  'post/16': { perSecond: 600 },
}
const load = fileURLToPath(new URL('load.ts', import.meta.url))

/**
 * Single REST calls, as durable as the service has them, in turn with a bare fastify route that inserts one row into the
 * same embedded PostgreSQL, and with that insert alone: what a busy machine or a slow disk does to one it does to all.
 * `--rounds N` (5), `--calls N` a round (200), `--statements` shows what was asked of the database for 50 calls.
 */
export async function run(args: string[]): Promise<void> {
  const option = (standard: string) => ({ type: 'string', default: standard }) as const
  const statements = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ args, options: { rounds: option('5'), calls: option('200'), statements } })
  const [rounds, calls] = [Number(values.rounds), Number(values.calls)]
  await using servers = await startServers()
  const { ours, peer, database } = servers
  let lot = 0
  const measure = async (server: Server, what: What, atOnce: number, count: number): Promise<Measured> => {
    const before = await cpuSeconds(server.pid)
    const words = [load, server.access, what, lot++ % 256, count, atOnce].map(String)
    const { stdout } = await servers.lan.service.exec(process.execPath, words, { timeoutMs: 300_000 })
    const cpu = (1000 * ((await cpuSeconds(server.pid)) - before)) / count
    return { ...(JSON.parse(stdout) as Omit<Measured, 'cpu'>), cpu }
  }
  for (const server of [ours, peer]) await measure(server, 'post', 4, 500) // compiles hot functions
  for (const what of ['page', 'node'] as const) await measure(ours, what, 1, 100)

  for (const atOnce of [1, 16]) {
    const [own, others]: [Measured[], Measured[]] = [[], []]
    const commits: number[] = []
    for (let round = 0; round < rounds; round++) {
      for (const server of round % 2 === 0 ? [ours, peer] : [peer, ours])
        (server === ours ? own : others).push(await measure(server, 'post', atOnce, atOnce === 1 ? calls : 4 * calls))
      if (atOnce === 1) commits.push(...(await commitSeconds(database, calls)))
    }
    const ratios = own.map((run, round) => {
      const other = others[round]!
      return atOnce === 1 ? run.p50 / other.p50 : run.perSecond / other.perSecond
    })
    const insert = commits.length === 0 ? {} : { insertAlone: round2(1000 * median(commits)) }
    print(`post/${atOnce}`, own, {
      ratio: round2(median(ratios)),
      spread: spread(ratios).map(round2),
      peer: side(others),
      ...insert,
    })
  }
  for (const what of ['page', 'node'] as const) {
    const runs: Measured[] = []
    for (let round = 0; round < rounds; round++) runs.push(await measure(ours, what, 1, calls))
    print(`${what}/1`, runs, {})
  }
  for (const what of ['post', 'page', 'node'] as const) {
    const counted = await countStatements(database, servers.postgresLog, () => measure(ours, what, 1, 50))
    const each = (count: number) => round2(count / 50)
    console.log(
      JSON.stringify({
        name: `rest/${what}`,
        statements: each(counted.statements.length),
        commits: each(counted.commits),
        walBytes: Math.round(counted.walBytes / 50),
      }),
    )
    if (values.statements) for (const sql of counted.statements) console.log(`# ${sql.replaceAll(/\s+/g, ' ')}`)
  }
}

function print(name: string, runs: Measured[], more: object) {
  const ours = side(runs)
  const target = TARGETS[name] ?? null
  const met = !target || (ours.p50 <= (target.p50 ?? Infinity) && ours.perSecond >= (target.perSecond ?? 0))
  console.log(JSON.stringify({ name: `rest/${name}`, ...more, target, met, eims: ours }))
  if (!met) console.log(`# missed, at a load average of ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`)
}

/** `bestP50`: what is left of a busy machine's noise in its quietest round. */
function side(runs: Measured[]) {
  const of = (key: keyof Measured) => round2(median(runs.map((run) => run[key])))
  const bestP50 = round2(Math.min(...runs.map((run) => run.p50)))
  return { p50: of('p50'), bestP50, p99: of('p99'), perSecond: of('perSecond'), cpu: of('cpu') }
}
