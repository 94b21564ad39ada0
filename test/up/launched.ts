import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Namespace, run } from '@eims/lab'
import type { Test } from 'tap'

export const root = resolve(import.meta.dirname, '../..')
export const launcher = join(root, 'eims')

const UP_MS = 60_000
/** Whatever a test does with it: nothing is left running. */
const LONGEST_MS = 300_000

export interface Ended {
  code: number | null
  /** lines of standard error that are meant for people: without the log */
  said: string[]
  /** the log's messages */
  logged: string[]
  greeting: string
}

/** A process that is `./eims up …`, from its start to its end. */
export class Launched implements AsyncDisposable {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly #up = Promise.withResolvers<string>()
  #stdout = ''
  #stderr = ''

  /** @param child with its standard output and error in pipes */
  constructor(child: ChildProcess) {
    this.child = child
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      if (this.#stdout.includes('eims is up.')) this.#up.resolve(this.#stdout)
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    const timer = setTimeout(() => this.child.kill('SIGKILL'), LONGEST_MS)
    this.ended = once(this.child, 'exit').then(([code]) => {
      clearTimeout(timer)
      return { code, greeting: this.#stdout, ...this.#lines() }
    })
    void this.ended.then(({ code, said }) =>
      this.#up.reject(new Error(`./eims up ended with ${code}: ${said.join(' | ')}`)),
    )
    this.#up.promise.catch(() => {})
  }

  /** Resolves when the service says that it is up; rejects when it ends before that, or takes more than a minute. */
  async up(): Promise<void> {
    const timer = setTimeout(() => this.#up.reject(new Error(`not up in time: ${this.#stderr.slice(-2000)}`)), UP_MS)
    await this.#up.promise.finally(() => clearTimeout(timer))
  }

  /** Resolves when the log has a message like that. */
  async logs(message: RegExp): Promise<void> {
    while (!this.#lines().logged.some((line) => message.test(line))) await once(this.child.stderr!, 'data')
  }

  /** Sends a signal to the service's own process (the launcher became it) and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal)
    return this.ended
  }

  #lines() {
    const lines = this.#stderr.split('\n').filter((line) => line !== '')
    const isLog = (line: string) => line.startsWith('{')
    return {
      said: lines.filter((line) => !isLog(line)),
      logged: lines.filter(isLog).map((line) => (JSON.parse(line) as { msg: string }).msg),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.end('SIGTERM')
  }
}

/**
 * Starts this checkout's `./eims up …` in a namespace.
 * @param env beside this process's own, without the settings of eims in it
 * @param setting a line of a shell that is run before, in mounts of its own
 */
export function launch(namespace: Namespace, args: string[], env: NodeJS.ProcessEnv = {}, setting?: string): Launched {
  const clean = { ...process.env, EIMS_DATABASE_URL: undefined, EIMS_LOG_LEVEL: undefined, EIMS_DATA: undefined }
  const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'], env: { ...clean, ...env } }
  const up = [launcher, 'up', ...args]
  const command = setting ? ['unshare', '-m', 'sh', '-ec', `${setting}; exec "$0" "$@"`, ...up] : up
  return new Launched(namespace.spawn(command[0]!, command.slice(1), options))
}

/** What `./eims up …` says when it refuses, and its exit code. */
export async function refusal(
  namespace: Namespace,
  args: string[],
  env?: NodeJS.ProcessEnv,
  setting?: string,
): Promise<{ code: number | null; said: string[] }> {
  const launched = launch(namespace, args, env, setting)
  const started = await launched.up().then(
    () => true,
    () => false,
  )
  if (started) launched.child.kill('SIGTERM')
  const { code, said } = await launched.ended
  return { code, said: started ? ['it did not refuse', ...said] : said }
}

/** A folder that PostgreSQL's account can reach; removed after the test. */
export async function reachableFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eims-up-'))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What runs in a namespace: `PID COMMAND-LINE` each. */
export async function processesIn(namespace: Namespace): Promise<string[]> {
  const { stdout } = await run('ip', ['netns', 'pids', namespace.name])
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map(
      async (pid) => `${pid} ${(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')}`,
    )
  return Promise.all(lines)
}
