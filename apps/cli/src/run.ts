import { explainFailure } from './failure.ts'
import { harmless } from './harmless.ts'
import { groupOverview, overview } from './overview.ts'
import type { Verb } from './verb.ts'
import { below, find, meant } from './verbs.ts'

/** The operator's tool; its exit codes stand in overview.ts. */
export async function main(argv: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const found = find(argv)
  if (!found) return withoutVerb(argv)
  const { verb, rest } = found
  const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (own.includes('--help') || own.includes('-h')) {
    process.stdout.write(verb.help)
    return 0
  }
  return run(verb, rest, env)
}

async function run(verb: Verb, rest: string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    await verb.run(rest, env)
    return 0
  } catch (error) {
    const { lines, exitCode } = explainFailure(error, verb)
    for (const line of lines) process.stderr.write(`${harmless(line)}\n`)
    return exitCode
  }
}

/** `eims help`, `eims help nodes add`, `eims nodes`, and what nobody knows. */
function withoutVerb(argv: string[]): number {
  const words = argv.filter((word) => !['help', '--help', '-h'].includes(word))
  const asked = argv.length === 0 || words.length < argv.length
  const about = find(words)
  if (asked && (words.length === 0 || about)) process.stdout.write(about?.verb.help ?? overview())
  else if (words.length === 1 && below(words[0]).length > 0)
    (asked ? process.stdout : process.stderr).write(groupOverview(words[0]!))
  else {
    const maybe = meant(words)
    const more = maybe ? `did you mean ./eims ${maybe}?` : 'all verbs: ./eims help'
    process.stderr.write(`eims: there is no verb "${words.slice(0, 2).join(' ')}"; ${more}\n`)
    return 2
  }
  return asked ? 0 : 2
}
