import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { run } from '@eims/lab'
import type { Test } from 'tap'
import t from 'tap'
import { CACHE } from '../cache.ts'

// One promise: ./eims demo brings a machine to RUNNING, shows it in a browser, and leaves nothing behind however it ends.

const launcher = resolve(import.meta.dirname, '../../eims')
const FOLDER = '/var/tmp/eims-demo'

interface Line {
  event: 'demo' | 'step' | 'wait' | 'screen' | 'dashboard' | 'end'
  text?: string
  kind?: string
  node?: string
  seconds?: number
  moment?: string
  path?: string
  url?: string
  key?: string
  nodes?: {
    screens: { moment: string; path: string }[]
    node: { instance: { state: string } | null }
    timeline: { stages: { name: string }[] }
  }[]
}

/** A demo whose lines are kept; without a terminal `pid` is Node's own, the launcher becomes it. */
class Demo {
  readonly child: ChildProcess
  readonly lines: Line[] = []
  stderr = ''
  /** the longest that nothing was said, in milliseconds */
  silence = 0
  readonly #exit: Promise<number | null>

  /** @param terminal whether it has one, of its own: script(1) makes it, and gives its exit code */
  constructor(terminal = false) {
    const env = { ...process.env, EIMS_CACHE: CACHE }
    const words = [launcher, 'demo', '--nodes', '1', '--json']
    const [command = '', ...args] = terminal ? ['script', '-qefc', `exec ${words.join(' ')}`, '/dev/null'] : words
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    let last = performance.now()
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.silence = Math.max(this.silence, performance.now() - last)
      last = performance.now()
      if (line.startsWith('{')) this.lines.push(JSON.parse(line))
      else this.stderr += `${line}\n`
    })
    this.#exit = once(this.child, 'close').then(([code]) => code)
  }

  /** Resolves when a line of the demo's own says so; rejects when it ends before. */
  async says(text: RegExp): Promise<void> {
    await this.line((line) => text.test(line.text ?? ''))
  }

  /** The first line of that sort. */
  async line(fits: (line: Line) => boolean): Promise<Line> {
    const ended = this.#exit.then((code) => Promise.reject(new Error(`the demo ended with ${code}: ${this.stderr}`)))
    ended.catch(() => {})
    for (;;) {
      const found = this.lines.find(fits)
      if (found) return found
      await Promise.race([once(this.child.stdout!, 'data'), ended])
    }
  }

  /** Sends a signal, or waits for the end without one; the exit code (null after SIGKILL). */
  end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal) this.child.kill(signal)
    return this.#exit
  }

  /** Presses Ctrl-C at its terminal; the exit code. */
  ctrlC(): Promise<number | null> {
    this.child.stdin!.write('\x03')
    return this.#exit
  }
}

/** Does what a browser on this machine would: gets the page and what it loads, signs in, and reads a list. */
async function lookAround(t: Test, { url = '', key = '' }: Line): Promise<void> {
  const page = await fetch(url, { headers: { accept: 'text/html,*/*;q=0.8' } })
  const html = await page.text()
  t.match(page.headers.get('content-type'), /^text\/html/)
  const [, program = ''] = /<script[^>]* src="([^"]+\.js)"/.exec(html) ?? []
  const loaded = await fetch(new URL(program, url))
  t.match([loaded.status, loaded.headers.get('content-type')], [200, /javascript/], 'the dashboard is there')
  t.ok((await loaded.text()).length > 10_000, 'whole')
  const wrong = await signIn(url, `${key}x`)
  t.equal(wrong.status, 401, 'no other key opens it')
  const right = await signIn(url, key)
  t.equal(right.status, 200)
  const cookie = (right.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const list = await fetch(new URL('/api/v1/nodes', url), { headers: { cookie } })
  const { items } = (await list.json()) as { items: { name: string }[] }
  t.strictSame(
    items.map(({ name }) => name),
    ['demo-1'],
  )
}

const signIn = (url: string, key: string) =>
  fetch(new URL('/api/v1/session', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-eims-page': '1' },
    body: JSON.stringify({ key }),
  })

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
  const demo = new Demo(true)
  t.teardown(() => demo.end('SIGTERM'))
  const dashboard = await demo.line(({ event }) => event === 'dashboard')
  await lookAround(t, dashboard)
  const { screens: folder = '' } = (await demo.line(({ event }) => event === 'end')) as { screens?: string }
  t.equal(demo.child.exitCode, null, 'at a terminal it stays')
  await lookAround(t, dashboard)
  t.equal(await demo.ctrlC(), 0, demo.stderr)
  await t.rejects(fetch(dashboard.url ?? ''), 'the door is closed')
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
  t.strictSame(await remains(Number(basename(folder))), [])
})
