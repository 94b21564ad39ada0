import type { SlotsOf } from '@eims/contracts'
import type { Context } from '../actions/handler.ts'
import { sleep } from '../back-off.ts'

/** Why a way is not gone, or did not lead to the end. */
export type Fault = SlotsOf<'disk-cannot-erase'>['tried'][number]

/** One way to have a disk erase itself. */
export interface Way {
  /** `nvme-format`, as the run's record names it */
  method: string
  /** @throws Refused when the disk does not do it */
  erase(): Promise<void>
}

export class Refused extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(`${fault.method}: ${fault.fault}`)
    this.fault = fault
  }
}

/** What the ways need of their surroundings. */
export interface Here extends Pick<Context, 'machine' | 'signal' | 'log' | 'progress'> {
  /** of the disk as it is called at this moment; asked for anew before each command */
  node: () => string
  /** milliseconds between two looks at how far a disk is */
  poll: number
}

export interface Answer {
  code: number
  /** of both streams, in the order in which it came */
  text: string
}

/** Runs a program that is asked something. @throws what `signal` was aborted with */
export async function ask({ machine, signal }: Here, program: string, ...args: string[]): Promise<Answer> {
  const lines: string[] = []
  const { code } = await machine.run(program, args, { signal, line: (text) => void lines.push(text) })
  return { code, text: lines.join('\n') }
}

/** The same, for a command that a disk may refuse. @throws Refused */
export async function order(here: Here, method: string, program: string, ...args: string[]): Promise<void> {
  const { code, text } = await ask(here, program, ...args)
  if (code !== 0) throw new Refused({ method, fault: 'refused', text: lastLine(text) ?? `exit code ${code}` })
}

export const lastLine = (text: string): string | null =>
  text
    .split('\n')
    .findLast((line) => line.trim() !== '')
    ?.trim()
    .slice(0, 512) ?? null

/** How a sanitize operation stands, which goes on in the disk whoever asks; `done` 0 to 1. */
export type Sanitizing = { state: 'idle' | 'done' | 'failed' | 'frozen' } | { state: 'running'; done: number }

/** Waits until a disk has sanitized itself, if it does. */
export async function sanitized(here: Here, look: () => Promise<Sanitizing>): Promise<Sanitizing> {
  for (;;) {
    const now = await look()
    if (now.state !== 'running') return now
    here.progress(now.done)
    await sleep(here.poll, here.signal)
  }
}
