import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { run } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'

// One promise: ./eims demo brings a machine to RUNNING, says so, and leaves nothing behind however it ends.

const launcher = resolve(import.meta.dirname, '../../eims')
const FOLDER = '/var/tmp/eims-demo'

interface Line {
  event: 'demo' | 'step' | 'wait' | 'screen' | 'end'
  text?: string
  kind?: string
  node?: string
  seconds?: number
  moment?: string
  path?: string
  nodes?: {
    screens: { moment: string; path: string }[]
    node: { instance: { state: string } | null }
    timeline: { stages: { name: string }[] }
  }[]
}

/** A demo whose lines are kept; `pid` is Node's own, the launcher becomes it. */
class Demo {
  readonly child: ChildProcess
  readonly lines: Line[] = []
  stderr = ''
  /** the longest that nothing was said, in milliseconds */
  silence = 0
  readonly #exit: Promise<number | null>

  constructor() {
    const env = { ...process.env, EIMS_CACHE: CACHE }
    this.child = spawn(launcher, ['demo', '--nodes', '1', '--json'], { stdio: ['ignore', 'pipe', 'pipe'], env })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    let last = performance.now()
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.silence = Math.max(this.silence, performance.now() - last)
      last = performance.now()
      this.lines.push(JSON.parse(line))
    })
    this.#exit = once(this.child, 'close').then(([code]) => code)
  }

  /** Resolves when a line of the demo's own says so; rejects when it ends before. */
  async says(text: RegExp): Promise<void> {
    const ended = this.#exit.then((code) => Promise.reject(new Error(`the demo ended with ${code}: ${this.stderr}`)))
    ended.catch(() => {})
    while (!this.lines.some((line) => text.test(line.text ?? '')))
      await Promise.race([once(this.child.stdout!, 'data'), ended])
  }

  /** Sends a signal, or waits for the end without one; the exit code (null after SIGKILL). */
  end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal) this.child.kill(signal)
    return this.#exit
  }
}

/** Namespaces of a demo, what runs in them, and its folder. */
async function remains(pid: number): Promise<string[]> {
  const namespaces = (await run('ip', ['netns', 'list'])).stdout.split(/\s/)
  const ours = namespaces.filter((name) => name.startsWith(`eims-demo-${pid}-`))
  return [...ours, ...(await readdir(FOLDER)).filter((name) => name === String(pid))].sort()
}

const killed = new Demo()
await t.test('one that is killed leaves its namespaces and its folder', { timeout: 180_000 }, async (t) => {
  await killed.says(/^The service is up/)
  t.equal(await killed.end('SIGKILL'), null)
  const pid = killed.child.pid!
  t.strictSame(await remains(pid), [String(pid), `eims-demo-${pid}-site`, `eims-demo-${pid}-svc`])
})

await t.test('the next one removes them, and at Ctrl-C what is its own', { timeout: 180_000 }, async (t) => {
  const demo = new Demo()
  await demo.says(/^The machines are switched on/)
  t.equal(await demo.end('SIGINT'), 130)
  t.match(demo.stderr, /eims: the demo was ended; everything is cleared away\n$/)
  t.strictSame(await remains(killed.child.pid!), [])
  t.strictSame(await remains(demo.child.pid!), [])
})

await t.test('to the end: every step is told, the machine is RUNNING', { timeout: 20 * 60_000 }, async (t) => {
  const demo = new Demo()
  t.equal(await demo.end(), 0, demo.stderr)
  const kinds = demo.lines.filter(({ event }) => event === 'step').map(({ kind }) => kind)
  const wanted = ['dhcp.discover', 'tftp.read', 'boot.decision', 'boot.kernel', 'agent.onboarded', 'action.started']
  for (const kind of [...wanted, 'instance.provisioned', 'instance.running']) t.ok(kinds.includes(kind), kind)
  const end = demo.lines.at(-1)
  t.equal(end?.event, 'end')
  const { node, timeline, screens } = end?.nodes?.[0] ?? {}
  t.ok(demo.silence <= 15_000, `silent for ${Math.round(demo.silence)} ms at most`)
  t.strictSame(
    screens?.map(({ moment }) => moment),
    ['firmware', 'ipxe', 'micro-os', 'writing', 'running'],
  )
  for (const { moment, path } of screens ?? []) {
    t.equal((await readFile(path)).subarray(1, 4).toString(), 'PNG', moment)
    t.ok(demo.lines.some((line) => line.event === 'screen' && line.path === path))
  }
  t.equal(node?.instance?.state, 'RUNNING')
  t.strictSame(
    [...new Set(timeline?.stages.map(({ name }) => name))],
    ['firmware', 'micro-os', 'waiting', 'write', 'hand-over', 'first-boot'],
  )
  t.strictSame(await remains(demo.child.pid!), [])
})
