import type { Verb } from './verb.ts'
import { imageVerbs } from './verbs/images.ts'
import { nodeVerbs } from './verbs/nodes.ts'
import { prepare } from './verbs/prepare.ts'
import { profileVerbs } from './verbs/profiles.ts'
import { siteVerbs } from './verbs/site.ts'
import { up } from './verbs/up.ts'

const verbs: Verb[] = [up, prepare, ...imageVerbs, ...profileVerbs, ...nodeVerbs, ...siteVerbs]

/** The verb that the first words name, and what follows them. */
export function find(argv: string[]): { verb: Verb; rest: string[] } | null {
  for (const words of [2, 1]) {
    const verb = verbs.find((candidate) => candidate.name === argv.slice(0, words).join(' '))
    if (verb) return { verb, rest: argv.slice(words) }
  }
  return null
}

/** What `eims help` prints. */
export function overview(): string {
  const width = Math.max(...verbs.map((verb) => verb.name.length))
  return `eims provisions bare machines that boot from the network of a bench LAN.

usage: ./eims VERB [OPTIONS]        ./eims VERB --help tells more

${verbs.map((verb) => `  ${verb.name.padEnd(width)}  ${verb.summary}`).join('\n')}
  ${'test'.padEnd(width)}  run all tests of this checkout

Every verb but up, prepare and test talks to a running server: the one on this machine, or
--server URL --key KEY (also EIMS_SERVER and EIMS_KEY). --json prints the reply as JSON.
`
}
