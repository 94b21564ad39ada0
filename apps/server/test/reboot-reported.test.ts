import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type LoopOptions, openScreen, openServers, openSession, openState, runLoop, thisMachine } from '@eims/agent'
import { ProfileWorkflow, type SiteParameters } from '@eims/contracts'
import { dice, until } from '@eims/lab'
import t, { type Test } from 'tap'
import { startDatabases, temporaryFolder } from './support/databases.ts'
import { bootScript, fetchSite, inventory } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// One promise: a machine leaves the Micro-OS only when a server has taken down that it is done, whatever is lost on the
// way, and whoever is started again meanwhile.

const MACHINES = 100
const AT_ONCE = 8

const { fresh } = await startDatabases(t)

const step = (builtin: string) => ({
  id: builtin,
  task: 'install-os',
  name: builtin,
  uses: { kind: 'builtin', builtin },
  timeout: 600,
})
const workflow = ProfileWorkflow.parse([step('choose-disk'), step('write-image'), step('reboot')])

/** The way from one machine to its server: what passes is cut at any end, before and after it was heard. */
async function badWire(t: Test, random: () => number, portNow: () => number, onPassing: () => void) {
  const open = new Set<Socket>()
  const cutAll = () => {
    for (const socket of open) socket.destroy()
  }
  const server = createServer((near) => {
    const far = connect(portNow(), '127.0.0.1')
    const pass = (from: Socket, to: Socket) => {
      open.add(from)
      from.on('error', () => {})
      from.once('close', () => {
        open.delete(from)
        to.destroy()
      })
      from.on('data', (part) => {
        onPassing()
        if (random() < 0.15) from.destroy()
        else if (!to.destroyed) to.write(part)
      })
    }
    pass(near, far)
    pass(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    cutAll()
    server.close()
  })
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cutAll }
}

/** What the actions come to on a machine that is none. */
const execute: LoopOptions['execute'] = async ({ uses, with: { frames } }) => {
  if (uses.kind !== 'builtin') throw new Error('no builtin')
  if (uses.builtin === 'reboot') return { result: {}, finish: 'reboot' }
  return { result: uses.builtin === 'write-image' ? { framesWritten: frames, framesKept: 0, bytesFetched: 0 } : {} }
}

interface Life {
  site: SiteParameters
  serial: string
  stateDir: string
  base: string
  finish: () => Promise<void>
}

/** The agent's process; `kill` ends it as a kill does. */
function startAgent({ site, serial, stateDir, base, finish }: Life) {
  const over = new AbortController()
  const kept = openState(stateDir)
  // A process that was killed reads and writes nothing more.
  const state = new Proxy(kept, {
    get(_, name) {
      over.signal.throwIfAborted()
      return kept[name as keyof typeof kept]
    },
  })
  const screen = openScreen(
    () => {},
    () => performance.now(),
  )
  const session = openSession({
    servers: openServers([base], () => {}),
    state,
    bootToken: site.bootToken,
    agentVersion: '0.1.0',
    describe: async () => ({ identity: { serial, macs: [] }, inventory: inventory() }),
    backOff: { first: 1, cap: 20, random: Math.random },
    onTrouble: () => {},
    onOnboarded: () => {},
    onSessionLost: () => {},
  })
  const ended = runLoop(
    {
      plan: session,
      sink: session,
      chunks: [],
      machine: thisMachine(null, false),
      state,
      screen,
      execute,
      finish: () => (over.signal.aborted ? new Promise(() => {}) : finish()),
      pace: { report: 5, ask: 5 },
      grace: 60_000,
      now: Date.now,
    },
    over.signal,
  ).catch((error: unknown) => {
    if (!over.signal.aborted) throw error
  })
  return { kill: () => over.abort(), ended }
}

/** One machine from its boot script until it leaves. @returns how often it meant to leave, and the state of its run each time */
async function live(t: Test, servers: Site[], seed: number): Promise<string[]> {
  const random = dice(seed)
  const serial = `SN-${seed}`
  let at = 0
  const serverNow = () => servers[at % servers.length]!
  const site = await fetchSite(await bootScript(serverNow().open, { serial }))
  const seen: string[] = []
  let agent: ReturnType<typeof startAgent> | undefined
  let left = false
  const wire = await badWire(
    t,
    random,
    () => Number(new URL(serverNow().open).port),
    () => {
      if (random() < 0.03) restart()
      if (random() < 0.03) {
        at += 1
        wire.cutAll()
      }
    },
  )
  const stateDir = mkdtempSync(join(await temporaryFolder(t), 'state-'))
  const life: Life = {
    site,
    serial,
    stateDir,
    base: wire.base,
    async finish() {
      const [run] = await servers[0]!.db.$queryRaw<{ state: string }[]>`
        select r.state from run r join node_identifier i on i.node_id = r.node_id where i.shown = ${serial}`
      seen.push(run?.state ?? 'none')
      // Killed while it leaves, it is to leave again.
      if (random() < 0.3) restart()
      else left = true
      await new Promise(() => {})
    },
  }
  function restart() {
    if (left) return
    agent?.kill()
    agent = startAgent(life)
  }
  restart()
  await until(() => left)
  agent?.kill()
  return seen
}

await t.test('a machine leaves when its success is on record, and not before', async (t) => {
  const registry = await fresh(t)
  const servers = [await openSite(t, registry, 'server-1'), await openSite(t, registry, 'server-2')]
  await addDefaultProfile(registry.db, 'debian', { workflow })
  const left: string[][] = []
  const seeds = Array.from({ length: MACHINES }, (_, index) => index + 1).values()
  const one = async () => {
    for (const seed of seeds) left.push(await live(t, servers, seed))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  t.equal(left.length, MACHINES)
  t.strictSame(new Set(left.flat()), new Set(['SUCCEEDED']))
  t.ok(left.flat().length > MACHINES, 'some were killed while they left')
  const attempts = await registry.db.attempt.findMany({ where: { state: { not: 'SUCCEEDED' } } })
  t.strictSame(attempts, [], 'and nothing was done twice')
})
