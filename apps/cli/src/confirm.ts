import { createInterface } from 'node:readline/promises'
import { Refusal } from './refusal.ts'
import { columnsFor, wrap } from './wrap.ts'

/** The flag of verbs that ask. */
export const yesFlag = {
  yes: { type: 'boolean', says: 'do not ask' },
} as const

interface Person {
  input: NodeJS.ReadableStream & { isTTY?: boolean }
  output: NodeJS.WritableStream
}
const here: Person = { input: process.stdin, output: process.stderr }

/**
 * Asks a person at a terminal, and goes on only after a yes. Without a terminal nobody is asked: a script that deletes
 * one thing by its name means it, but for a selection (`many`) it must give --yes.
 * @throws Refusal otherwise
 */
export async function confirm(
  question: string,
  { yes, many = false }: { yes?: boolean | undefined; many?: boolean },
  { input, output }: Person = here,
): Promise<void> {
  if (yes) return
  if (!input.isTTY) {
    if (many) throw new Refusal(`${question.split('\n')[0]} Nothing was done: say so with --yes`, 2)
    return
  }
  const lines = createInterface({ input, output })
  try {
    const width = columnsFor((output as Partial<NodeJS.WriteStream>).columns)
    const answer = await lines.question(`${wrap(`${question} [y/N]`, width).trimEnd()} `)
    if (!/^y(es)?$/i.test(answer.trim())) throw new Refusal('nothing was done')
  } finally {
    lines.close()
  }
}
