import type { Test } from 'tap'
import { find } from '../../src/verbs.ts'

/** What a verb prints; or its refusal, with its lines. What it tells on the side goes nowhere. */
export async function printedBy(t: Test, argv: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { verb, rest } = find(argv)!
  const printed = t.capture(process.stdout, 'write', () => true)
  const told = t.capture(process.stderr, 'write', () => true)
  try {
    await verb.run(rest, env)
    return printed()
      .map((call) => String(call.args[0]))
      .join('')
  } catch (error) {
    return [(error as Error).message, ...((error as { lines?: string[] }).lines ?? [])].join('\n')
  } finally {
    printed.restore()
    told.restore()
  }
}
