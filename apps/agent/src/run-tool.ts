import { Failure } from './failure.ts'
import type { Machine } from './machine.ts'

/**
 * Runs a program of ours that is to succeed.
 * @param fine exit codes that are no failure
 * @returns the last line of its stdout; a warning may come behind it
 * @throws Failure program-failed, with the last line that it said
 */
export async function runTool(
  { machine, signal }: { machine: Pick<Machine, 'run'>; signal?: AbortSignal },
  program: string,
  args: string[],
  fine: readonly number[] = [0],
): Promise<string> {
  let last: string | null = null
  let answer = ''
  const line = (text: string, stream: 'stdout' | 'stderr') => {
    if (text === '') return
    last = text
    if (stream === 'stdout') answer = text
  }
  const { code } = await machine.run(program, args, { ...(signal ? { signal } : {}), line })
  if (!fine.includes(code)) throw new Failure({ code: 'program-failed', slots: { program, exitCode: code, last } })
  return answer
}
