import { type Client, type Diagnosis, type Node, ProblemError } from '@eims/contracts'
import { table } from './output.ts'
import type { Screen, Tint } from './screen.ts'
import { clip } from './text-width.ts'

/** Requests under way at a time: enough to be quick, too few to be felt by the machines. */
const AT_ONCE = 4

/** Columns of a reason: cloud-init tells whole tracebacks. */
const LONGEST = 240

const words: Record<Diagnosis['verdict'], string> = {
  trouble: 'needs help',
  waiting: 'waits',
  'in-progress': 'in progress',
  well: 'well',
}
const order = Object.keys(words)
const tints: Record<string, Tint> = { [words.trouble]: 'bad', [words.waiting]: 'warn', [words['in-progress']]: 'busy' }

/** The diagnoses of nodes, those that need a person most first. A node that was deleted meanwhile is left out. */
export async function explainAll(client: Client, nodes: Pick<Node, 'id'>[]): Promise<Diagnosis[]> {
  const all: Diagnosis[] = []
  for (let from = 0; from < nodes.length; from += AT_ONCE) {
    const asked = nodes.slice(from, from + AT_ONCE).map(({ id }) => client('diagnosis', { query: { node: id } }))
    for (const settled of await Promise.allSettled(asked)) {
      if (settled.status === 'fulfilled') all.push(settled.value)
      else if (!(settled.reason instanceof ProblemError) || settled.reason.code !== 'not-found') throw settled.reason
    }
  }
  return all.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
}

/** Those that need a person or are on their way, a line each, and how many there are of each sort. */
export function renderDiagnoses(all: Diagnosis[], screen: Screen): string {
  const shown = all.filter(({ verdict }) => verdict !== 'well')
  const rows = shown.map(({ node, subject, verdict, summary }) => [
    node?.name ?? subject,
    words[verdict],
    clip(summary, LONGEST),
  ])
  const count = (verdict: string) => all.filter((each) => each.verdict === verdict).length
  const sums = `${count('trouble')} need help, ${count('waiting')} wait, ${count('in-progress')} in progress, ${count('well')} well.\n`
  if (rows.length === 0) return sums
  return `${table(['NAME', 'IT', 'WHY'], rows, screen, { tints: { IT: (cell) => tints[cell] ?? null }, wrapLast: true })}\n${sums}What to do about one of them: ./eims nodes explain NAME\n`
}
