import type { Verb } from './verb.ts'
import { below, topics, verbs } from './verbs.ts'

/** Exit codes, for scripts. docs/cli.md has them from here. */
export const exitCodes: { code: number; short: string; means: string }[] = [
  { code: 0, short: 'done', means: 'done' },
  { code: 1, short: 'refused or failed', means: 'refused, or failed; of several things at least one' },
  { code: 2, short: 'wrong usage', means: 'wrong usage: nothing was tried' },
  {
    code: 3,
    short: 'unreachable',
    means: 'the server or its database cannot be reached; trying again later may help',
  },
  { code: 4, short: 'not authorised', means: 'the key is missing, unknown or expired, or may not do this' },
  { code: 5, short: 'no such thing', means: 'what was named does not exist' },
  { code: 130, short: 'interrupted', means: 'ended with Ctrl-C' },
]

const lines = (list: Verb[], width: number) =>
  list.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`).join('')

/** What `eims help` prints. */
export function overview(): string {
  const width = Math.max(...verbs.map(({ name }) => name.length))
  return `eims provisions bare machines that boot from the network of a bench LAN, or from a stick that needs no server.

usage: ./eims VERB [OPTIONS]        ./eims VERB --help tells more        ./eims --version
${topics.map(({ title, verbs }) => `\n${title}\n${lines(verbs, width)}`).join('')}  ${'test'.padEnd(width)}  run all tests of this checkout

Which server is asked: --server URL --key KEY, else EIMS_SERVER and EIMS_KEY, else what ./eims login stored, else the one
on this machine (root needs no key there). --json prints replies as JSON.
Exit codes: ${exitCodes.map(({ code, short }) => `${code} ${short}`).join(', ')}.
`
}

/** What `eims nodes` and `eims help nodes` print: the verbs that begin so. */
export function groupOverview(word: string): string {
  const list = below(word)
  const width = Math.max(...list.map(({ name }) => name.length))
  return `usage: ./eims ${word} WHAT [OPTIONS]        ./eims ${word} WHAT --help tells more\n\n${lines(list, width)}`
}
