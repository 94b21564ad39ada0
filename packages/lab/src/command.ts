import { spawn } from 'node:child_process'

const MAX_OUTPUT_BYTES = 32 * 1024 * 1024

export interface CommandResult {
  stdout: string
  stderr: string
}

export interface CommandOptions {
  /** milliseconds after which the command is killed and the promise rejects (default 60,000) */
  timeoutMs?: number
  /** what the command reads on its standard input */
  input?: string
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** called with each piece of the command's standard error while it runs */
  onStderr?: (text: string) => void
}

/** A command that could not be started, ended badly, took too long or said too much. `stderr` is what it said. */
export class CommandFailed extends Error {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  constructor(what: string, reason: string, code: number | null, result: CommandResult) {
    super(`${what}: ${reason}${result.stderr ? `\n${result.stderr.trimEnd().slice(-2000)}` : ''}`)
    this.name = 'CommandFailed'
    this.code = code
    this.stdout = result.stdout
    this.stderr = result.stderr
  }
}

/**
 * Runs a command of the host (no shell) to its end.
 * Resolves with its output when it exits 0; otherwise rejects with CommandFailed.
 */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const timeoutMs = options.timeoutMs ?? 60_000
  const what = [command, ...args].join(' ').slice(0, 300)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let bytes = 0
    let stopped = ''
    const stop = (reason: string) => {
      stopped = reason
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => stop(`still running after ${timeoutMs} ms`), timeoutMs)
    const keep = (list: Buffer[]) => (piece: Buffer) => {
      bytes += piece.length
      if (bytes > MAX_OUTPUT_BYTES) stop(`wrote more than ${MAX_OUTPUT_BYTES} bytes`)
      else list.push(piece)
    }
    child.stdout.on('data', keep(out))
    child.stderr.on('data', keep(err))
    child.stderr.on('data', (piece: Buffer) => options.onStderr?.(piece.toString()))
    const result = () => ({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    child.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      const reason = cause.code === 'ENOENT' ? 'is not installed' : cause.message
      reject(new CommandFailed(command, reason, null, result()))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0 && !stopped) resolve(result())
      else reject(new CommandFailed(what, stopped || `ended with ${signal ?? `exit code ${code}`}`, code, result()))
    })
    child.stdin.on('error', () => {}) // the command may end without reading its input
    child.stdin.end(options.input ?? '')
  })
}
