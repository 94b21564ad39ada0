import { ProblemError } from '@eims/contracts'
import { Refusal } from './refusal.ts'
import { find, overview } from './verbs.ts'

/** The operator's tool. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the server cannot be reached. */
async function main(): Promise<number> {
  const argv = process.argv.slice(2)
  const found = find(argv)
  if (!found) {
    const asked = argv.length === 0 || ['help', '--help', '-h'].includes(argv[0] ?? '')
    ;(asked ? process.stdout : process.stderr).write(
      asked ? overview() : `eims: there is no verb "${argv.join(' ')}"\n\n${overview()}`,
    )
    return asked ? 0 : 2
  }
  const { verb, rest } = found
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(verb.help)
    return 0
  }
  await verb.run(rest, process.env)
  return 0
}

function explain(error: unknown): number {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  if (error instanceof Refusal) {
    say(`eims: ${error.message}`)
    return error.exitCode
  }
  if (error instanceof ProblemError) {
    say(`eims: ${error.message}`)
    for (const field of error.fields ?? []) say(`  ${field.path}: ${field.message}`)
    return 1
  }
  const code = (error as { code?: string }).code ?? ''
  if (code.startsWith('ERR_PARSE_ARGS')) {
    say(`eims: ${(error as Error).message.split('. ')[0]}; see --help`)
    return 2
  }
  if (error instanceof TypeError && error.cause) {
    const cause = error.cause as { message?: string; code?: string }
    say(`eims: the server cannot be reached (${cause.code ?? cause.message}); is it running? Start it with: ./eims up`)
    return 3
  }
  say(`eims: ${error instanceof Error ? error.message : String(error)}`)
  return 1
}

process.exitCode = await main().catch(explain)
