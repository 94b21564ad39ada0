import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'

export interface ProgramOptions {
  /** all of its environment; left out: PATH alone */
  env?: Record<string, string>
  /** kills the program and what it started, as far as that has not left its process group */
  signal?: AbortSignal
  /** hears of each line as it comes, made harmless, and cut where it is longer than a log takes */
  line?: (text: string, stream: 'stdout' | 'stderr') => void
}

/** Where the Micro-OS, and what is unpacked over it, has its programs. */
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Characters that a line of a log may have. */
const LONGEST = 4096
/** Milliseconds: from the friendly signal to the other one, and for what a program that has ended left in its pipes. */
const PATIENCE = { term: 5000, pipes: 500 }

/**
 * Runs a program in a session of its own, without input.
 * @returns its exit code; 128 and the number of the signal that ended it, as a shell says it
 * @throws what `signal` was aborted with, once the program is gone; an Error when it cannot be started
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env = { PATH }, signal, line = () => {} }: ProgramOptions = {},
  patience = PATIENCE,
): Promise<{ code: number }> {
  signal?.throwIfAborted()
  const child = spawn(program, args, { env, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close').catch(() => {})
  const lines = [splitLines(child.stdout, (text) => line(text, 'stdout'))]
  lines.push(splitLines(child.stderr, (text) => line(text, 'stderr')))
  let timer: NodeJS.Timeout | undefined
  const kill = () => {
    signalGroup(child.pid, 'SIGTERM')
    timer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), patience.term)
  }
  signal?.addEventListener('abort', kill, { once: true })
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    if (signal?.aborted) await groupGone(child.pid, patience.term)
    // a daemon that it started keeps its pipes open for ever
    await Promise.race([closed, pause(patience.pipes)])
    signal?.throwIfAborted()
    return { code: code ?? 128 + constants.signals[killedBy!] }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', kill)
    child.stdout.destroy()
    child.stderr.destroy()
    for (const end of lines) end()
  }
}

/** @returns false: nobody is in the group; a program that cannot be started has none */
function signalGroup(pid: number | undefined, name: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Waits until its children are gone too; what the kernel cannot kill is given up after as long again. */
async function groupGone(pid: number | undefined, patience: number): Promise<void> {
  const begun = performance.now()
  while (signalGroup(pid, 0) && performance.now() - begun < 2 * patience) await pause(20)
}

/** @returns tells of what stands behind the last line feed */
function splitLines(stream: Readable, tell: (text: string) => void): () => void {
  const decoder = new StringDecoder('utf8')
  let held = ''
  stream.on('error', () => {})
  stream.on('data', (bytes: Buffer) => {
    const lines = (held + decoder.write(bytes)).split('\n')
    held = lines.pop()!.slice(-16 * LONGEST)
    for (const each of lines) tell(harmlessLine(each))
  })
  return () => {
    const rest = held + decoder.end()
    held = ''
    if (rest !== '') tell(harmlessLine(rest))
  }
}

/**
 * PURE: a line of a foreign program as a log may hold it: what a terminal would show in the end of what was written over
 * itself, without colours, control characters and marks of direction.
 */
export function harmlessLine(text: string): string {
  const plain = stripVTControlCharacters(text.slice(0, 16 * LONGEST)).replace(/\r+$/, '')
  return plain
    .slice(plain.lastIndexOf('\r') + 1)
    .replaceAll('\t', ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ')
    .trimEnd()
    .slice(0, LONGEST)
}
