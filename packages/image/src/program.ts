import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { ProblemError } from '@eims/contracts'

/** A program by its name, as it is started: itself and what stands in front of its arguments. */
export type ProgramOf = (name: string) => [string, ...string[]]

export interface ProgramOptions {
  /** an open file that becomes the program's standard input, so that no name is handed over */
  stdin: number
  signal?: AbortSignal | undefined
  /** where it is to be found; left out: among the programs of the system */
  programOf?: ProgramOf | undefined
}

/** the Debian package of each program that we call, for the error when it is missing */
const packages: Record<string, string> = { gzip: 'gzip', xz: 'xz-utils', zstd: 'zstd', 'qemu-img': 'qemu-utils' }

/**
 * Runs a program and yields its standard output. Ending the iteration early kills it.
 *
 * @throws ProblemError `image-unreadable` with the program's last words when it ends with anything but 0; `ENOSPC`;
 *   the reason of `signal` when that was it
 */
export async function* output(
  command: string,
  args: string[],
  { stdin, signal, programOf = (name) => [name] }: ProgramOptions,
): AsyncGenerator<Buffer, void> {
  signal?.throwIfAborted()
  const [program, ...before] = programOf(command)
  const child = spawn(program, [...before, ...args], {
    stdio: [stdin, 'pipe', 'pipe'],
    // Ctrl-C reaches everything in our terminal's process group; the program must hear of the stop from us alone.
    detached: true,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  })
  await once(child, 'spawn').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new ProblemError(
      'image-unreadable',
      `this server has no ${command}, which reads such images: apt install ${packages[command] ?? command}`,
    )
  })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const kill = () => child.kill('SIGKILL')
  signal?.addEventListener('abort', kill)
  yieldToBooting(child.pid)
  let words = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2048)
  })
  try {
    for await (const chunk of child.stdout!) yield chunk as Buffer
    const [code, killedBy] = await closed
    signal?.throwIfAborted()
    if (words.includes('No space left on device'))
      throw Object.assign(new Error(`${command} found no room`), { code: 'ENOSPC' })
    if (code !== 0) throw new ProblemError('image-unreadable', lastWords(command, words, code ?? killedBy))
  } finally {
    signal?.removeEventListener('abort', kill)
    kill()
    await closed
  }
}

/** Runs a program to its end and ignores its output. Errors as `output`. */
export async function run(command: string, args: string[], options: ProgramOptions): Promise<void> {
  for await (const _ of output(command, args, options));
}

/** Answers to machines that boot come before the conversion of an image. */
function yieldToBooting(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, 10)
  } catch {
    // it has ended already
  }
}

function lastWords(command: string, words: string, status: number | string | null): string {
  const last = words.trim().split('\n').at(-1)
  return `the image cannot be read, ${command} says: ${last || `nothing, and ended with ${status}`}`
}
