import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandOptions, type CommandResult, run } from './command.ts'

/** How long a process may take to end in order: what is left in a namespace, and one that somebody asked to end. */
const LEFTOVER_GRACE_MS = 3_000
const GRACE_MS = 10_000

/** One network namespace of this host; when it is disposed of, every process in it ends and it is removed. */
export class Namespace implements AsyncDisposable {
  readonly name: string

  private constructor(name: string) {
    this.name = name
  }

  /** Makes the namespace with its loopback up. Needs root. */
  static async create(name: string): Promise<Namespace> {
    await run('ip', ['netns', 'add', name])
    const namespace = new Namespace(name)
    await namespace.ip('link', 'set', 'lo', 'up')
    return namespace
  }

  /** Runs `ip …` on this namespace's interfaces. */
  async ip(...args: string[]): Promise<void> {
    await run('ip', ['-n', this.name, ...args])
  }

  /** Runs a command in the namespace to its end; rejects with CommandFailed. /sys shows the namespace's interfaces. */
  exec(command: string, args: readonly string[] = [], options: CommandOptions = {}): Promise<CommandResult> {
    return run('ip', ['netns', 'exec', this.name, command, ...args], options)
  }

  /** Starts a command in the namespace. `pid` is the command's own: `ip netns exec` becomes it. */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    return spawn('ip', ['netns', 'exec', this.name, command, ...args], options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeNamespace(this.name)
  }
}

/** Ends what still runs in a namespace (asks first, then kills), by process id, and removes it. */
export async function removeNamespace(name: string): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', LEFTOVER_GRACE_MS],
    ['SIGKILL', LEFTOVER_GRACE_MS],
  ] as const) {
    const pids = await processesIn(name)
    for (const pid of pids) signalProcess(pid, signal)
    for (let waited = 0; waited < patienceMs && (await processesIn(name)).length > 0; waited += 50) await sleep(50)
  }
  await run('ip', ['netns', 'delete', name])
}

async function processesIn(name: string): Promise<number[]> {
  const { stdout } = await run('ip', ['netns', 'pids', name])
  return stdout.split('\n').filter(Boolean).map(Number)
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause
  }
}

/** Ends a child process and waits for it; `signal` first, SIGKILL when it does not listen within 10 s. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exit = once(child, 'exit')
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  await exit
  clearTimeout(timer)
}
