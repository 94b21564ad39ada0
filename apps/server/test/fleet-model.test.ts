import { type CallReply, ProblemError, ProfileWorkflow, type ReportRequest } from '@eims/contracts'
import { settableClock } from '@eims/lab'
import { openRegistry, type Registry } from '@eims/registry'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { DatabaseClock } from '../src/engine/clock.ts'
import { sweepOnce } from '../src/engine/sweep.ts'
import { startDatabases } from './support/databases.ts'
import { attemptsOf, checkAll, type Seen } from './support/fleet-promises.ts'
import { type Agent, bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// One promise: whatever agents, persons, two servers and their clock do, and whichever of their transactions is rolled
// back and reply lost, the registry keeps to what the run machine promises.

const { fresh } = await startDatabases(t)
/** Lives of a fleet; many more by EIMS_MODEL_RUNS. */
const numRuns = Number(process.env.EIMS_MODEL_RUNS ?? 12)
const MACHINES = 2

const step = (id: string, builtin: string, more: object = {}) => ({
  id,
  task: 'install-os',
  name: id,
  uses: { kind: 'builtin', builtin },
  timeout: 600,
  ...more,
})
const workflow = ProfileWorkflow.parse([
  step('choose-disk', 'choose-disk', { retries: 1, backoff: 20 }),
  step('ask', 'wait-for-person', { timeout: 0, with: { message: 'plug it in' } }),
  step('write-image', 'write-image', { retries: 2 }),
  step('tidy', 'inventory', { after: { action: 'write-image', on: 'failure' } }),
  step('late', 'inventory', { after: { action: 'write-image', on: 'timeout' }, timeout: 0 }),
  step('seed', 'seed', { repeatable: false }),
  step('reboot', 'reboot'),
])

interface Server extends Site {
  sweep(): Promise<void>
  /** its next transaction is rolled back when its work is done */
  crashes: boolean
}

/** Two servers on one database, whose clock and whose time are ours. */
async function openFleet(t: Test) {
  const before = await fresh(t)
  const name = decodeURIComponent(new URL(before.url).pathname.slice(1))
  for (const statement of settableClock(name)) await before.db.$executeRawUnsafe(statement)
  let passed = 0
  const servers: Server[] = []
  for (const id of ['server-1', 'server-2']) {
    const real = openRegistry({ url: before.url, poolSize: 4 })
    t.teardown(() => real.close())
    const crash = { crashes: false }
    const registry: Registry = {
      ...real,
      transaction: (work, options) =>
        real.transaction(async (tx) => {
          const done = await work(tx)
          if (!crash.crashes) return done
          crash.crashes = false
          throw new Error('the server was killed before it committed')
        }, options),
    }
    const site = await openSite(t, registry, id)
    const { engine } = site
    const { listening, log } = engine
    listening.since = null
    engine.clock = new DatabaseClock({ registry, listening, log, monotonic: () => performance.now() + passed })
    const sweep = async () => {
      const now = await engine.clock.look()
      listening.since ??= now
      await sweepOnce(engine, listening.since)
    }
    servers.push(Object.assign(crash, { ...site, sweep }))
  }
  const set = (seconds: number) =>
    before.db.$executeRaw`update settable.setting set ahead = ahead + make_interval(secs => ${seconds}::float8)`
  const [first] = servers as [Server]
  await addDefaultProfile(first.db, 'debian', { workflow })
  return {
    servers,
    db: before.db,
    jump: set,
    pass: async (seconds: number) => {
      passed += seconds * 1000
      await set(seconds)
    },
  }
}
type Fleet = Awaited<ReturnType<typeof openFleet>>

/** One machine as its agent knows it. */
interface Unit {
  serial: string
  mac: string
  agents: Agent[]
  doing: Extract<CallReply<'next'>, { kind: 'action' }> | null
  seq: number
  /** said until somebody answered it */
  saying: ReportRequest | null
}

interface World extends Fleet, Seen {
  units: Unit[]
}

/** What befalls a call: its transaction is rolled back, or its answer is lost. */
interface Luck {
  server: number
  crash: boolean
  lost: boolean
}
type Act = (world: World) => Promise<void>

/** A call to a server. @returns its answer; null: nobody heard it */
async function heardOf<T>(
  world: World,
  { server, crash, lost }: Luck,
  call: (at: Server) => Promise<T>,
): Promise<T | null> {
  const at = world.servers[server]!
  at.crashes = crash
  try {
    const answer = await call(at)
    return lost ? null : answer
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    if (error.code === 'internal') return null
    throw error
  } finally {
    at.crashes = false
  }
}

/** The newest agent of a machine, at one of the servers. */
function callOf(unit: Unit, at: Server) {
  const agent = unit.agents.at(-1)
  return agent && at.client(at.open, agent.session)
}

async function ask(world: World, unit: Unit, luck: Luck): Promise<void> {
  if (unit.saying) return
  try {
    const reply = await heardOf(
      world,
      luck,
      async (at) => callOf(unit, at)?.('next', { body: { waitSeconds: 0 } }) ?? null,
    )
    if (reply?.kind !== 'action') return
    unit.doing = reply
    unit.seq = reply.lastSeq
  } catch (error) {
    // As after a day forward: it introduces itself again.
    if (!(error instanceof ProblemError) || error.code !== 'session-over') throw error
    await boot(world, unit, luck)
  }
}

async function tell(world: World, unit: Unit, state: ReportRequest['state'], luck: Luck): Promise<void> {
  const { doing } = unit
  if (!doing) return
  unit.seq += unit.saying ? 0 : 1
  const { frames } = doing.action.with
  const result = typeof frames === 'number' ? { framesWritten: frames, framesKept: 0, bytesFetched: 0 } : null
  const body = unit.saying ?? {
    runId: doing.runId,
    actionId: doing.action.id,
    attempt: doing.attempt,
    seq: unit.seq,
    state,
    progress: null,
    message: state === 'FAILED' ? 'no luck' : null,
    reason: null,
    exitCode: null,
    log: [],
    result: state === 'SUCCEEDED' ? result : null,
  }
  unit.saying = body
  try {
    const reply = await heardOf(world, luck, async (at) => callOf(unit, at)?.('report', { body }) ?? null)
    if (!reply) return
    unit.saying = null
    if (!reply.cancelled) world.accepted.push(body)
    if (reply.cancelled || body.state !== 'RUNNING') unit.doing = null
  } catch (error) {
    if (!(error instanceof ProblemError) || !['stale-report', 'session-over'].includes(error.code)) throw error
    unit.saying = null
    unit.doing = null
  }
}

/** A machine does what it is given, one action after the other, and each comes to the same end. */
async function work(world: World, unit: Unit, state: ReportRequest['state'], luck: Luck): Promise<void> {
  for (let left = 4; left > 0; left -= 1) {
    await ask(world, unit, luck)
    await tell(world, unit, state, luck)
    await checkAll(world)
    if (state === 'FAILED') await world.pass(45)
  }
}

/** The machine starts anew: all that its agent knew is gone. */
async function boot(world: World, unit: Unit, { server }: Luck): Promise<void> {
  Object.assign(unit, { doing: null, saying: null, seq: 0 })
  const { open } = world.servers[server]!
  // A machine that is done goes to its disk.
  const { serial, mac } = unit
  const agent = await bootAgent(open, { serial, mac }).catch(() => null)
  if (agent) unit.agents.push(agent)
}

const verbs = {
  cancelNode: {},
  pauseNode: {},
  resumeNode: {},
  retryNode: { from: 'failed-action' },
  reprovisionNode: { reason: 'once more' },
} as const

async function demand(world: World, unit: Unit, verb: keyof typeof verbs, luck: Luck): Promise<void> {
  if (unit.agents.length === 0) return
  const before = await world.servers[0]!.api('getNode', { params: { id: unit.serial } })
  if (verb === 'retryNode' && before.run) world.retried.add(before.run.id)
  await heardOf(world, luck, async (at) =>
    at.api(verb as 'retryNode', { params: { id: unit.serial }, body: verbs[verb] as (typeof verbs)['retryNode'] }),
  ).catch((error: unknown) => {
    if (!(error instanceof ProblemError) || error.code !== 'wrong-state') throw error
  })
}

/** An agent of before says something once more. */
async function repeatOld(world: World, unit: Unit, { server }: Luck): Promise<void> {
  const old = unit.agents.at(-2)
  const said = world.accepted.findLast(({ state }) => state === 'RUNNING')
  if (!old || !said) return
  const at = world.servers[server]!
  const body = { ...said, state: 'SUCCEEDED' as const, seq: said.seq + 5 }
  await at
    .client(at.open, old.session)('report', { body })
    .catch((error: unknown) => {
      if (!(error instanceof ProblemError)) throw error
    })
}

class Command implements fc.AsyncCommand<object, World> {
  readonly name: string
  readonly act: Act
  constructor(name: string, act: Act) {
    this.name = name
    this.act = act
  }
  check = () => true
  async run(_model: object, world: World): Promise<void> {
    await this.act(world)
    await checkAll(world)
  }
  toString = () => this.name
}

const luck = fc.record({
  server: fc.integer({ min: 0, max: 1 }),
  crash: fc.integer({ min: 0, max: 7 }).map((each) => each === 0),
  lost: fc.integer({ min: 0, max: 5 }).map((each) => each === 0),
})
const told = (luck: Luck) => `${luck.server}${luck.crash ? ' crashes' : ''}${luck.lost ? ' unheard' : ''}`
const who = fc.integer({ min: 0, max: MACHINES - 1 })
const of = <T>(
  name: string,
  what: fc.Arbitrary<T>,
  act: (world: World, unit: Unit, what: T, luck: Luck) => Promise<void>,
) =>
  fc
    .tuple(who, what, luck)
    .map(
      ([which, value, chance]) =>
        new Command(`${name}(unit ${which}, ${String(value)}, server ${told(chance)})`, (world) =>
          act(world, world.units[which]!, value, chance),
        ),
    )
const heardState = fc.constantFrom<ReportRequest['state'][]>('RUNNING', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'FAILED')
const seconds = fc.constantFrom(1, 25, 100, 170, 700)

const asks = of('ask', fc.constant(''), (world, unit, _, chance) => ask(world, unit, chance))
const tells = of('tell', heardState, tell)
const demands = of('demand', fc.constantFrom(...(Object.keys(verbs) as (keyof typeof verbs)[])), demand)
const working = of('work', fc.constantFrom<ReportRequest['state'][]>('SUCCEEDED', 'SUCCEEDED', 'FAILED'), work)
const resumes = of('demand', fc.constant('resumeNode' as const), demand)
const commands = fc.commands(
  [
    // what is there more often comes more often
    asks,
    asks,
    tells,
    tells,
    tells,
    working,
    working,
    working,
    resumes,
    resumes,
    of('boot', fc.constant(''), (world, unit, _, chance) => boot(world, unit, chance)),
    of('repeat', fc.constant(''), (world, unit, _, chance) => repeatOld(world, unit, chance)),
    demands,
    of('demand', fc.constant('retryNode' as const), demand),
    of('sweep', fc.constant(''), async (world, _unit, _what, { server }) => world.servers[server]!.sweep()),
    of('pass', seconds, (world, _unit, each) => world.pass(each)),
    fc.constantFrom(-86_400, -30, 30, 86_400).map(
      (each) =>
        new Command(`jump(${each})`, async (world) => {
          await world.jump(each)
          // It is put right before anything goes by it.
          for (const server of world.servers) await server.sweep()
        }),
    ),
  ],
  { maxCommands: 60, size: 'max' },
)

await t.test('a fleet under two servers keeps to what the run machine promises', async (t) => {
  const fleet = await openFleet(t)
  const states = new Set<string>()
  let lives = 0
  const property = fc.asyncProperty(commands, async (each) => {
    lives += 1
    const units: Unit[] = Array.from({ length: MACHINES }, (_, at) => ({
      serial: `SN-${lives}-${at}`,
      mac: `52:54:00:${[lives >> 8, lives, at].map((byte) => (byte & 255).toString(16).padStart(2, '0')).join(':')}`,
      agents: [],
      doing: null,
      seq: 0,
      saying: null,
    }))
    const world: World = { ...fleet, units, seen: new Map(), accepted: [], retried: new Set() }
    for (const unit of units) await boot(world, unit, { server: 0, crash: false, lost: false })
    await fc.asyncModelRun(() => ({ model: {}, real: world }), each)
    for (const run of world.seen.values()) {
      states.add(run.state)
      for (const { state } of attemptsOf(run)) states.add(`attempt ${state}`)
    }
  })
  await fc.assert(property, { numRuns, endOnFailure: numRuns > 100 })
  // a few fleets meet most of them, by chance
  if (numRuns > 100)
    for (const each of ['SUCCEEDED', 'FAILED', 'CANCELLED', 'attempt LOST', 'attempt FAILED'])
      t.ok(states.has(each), `${each} was met`)
  t.comment([...states].sort().join(', '))
})
