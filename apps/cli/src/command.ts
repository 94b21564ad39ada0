import { parseArgs } from 'node:util'
import { type Client, createClient } from '@eims/contracts'
import { type ConnectionFlags, chooseServer, connectionHelp, connectionOptions, type Server } from './connection.ts'
import { described, type Flags, flagPairs } from './option-text.ts'
import { print } from './print.ts'
import { Refusal } from './refusal.ts'
import { type Screen, screenOf } from './screen.ts'
import { unchangedSince } from './unchanged-since.ts'
import type { Named, Verb } from './verb.ts'

/** The words that follow a verb. */
export interface Words {
  /** as usage shows them: `NODE`, `NODE...`, `[NAME]` */
  usage: string
  /** what one of them is, for the refusal: `node`, `image file` */
  what: string
  says?: string
  names?: Named
  least: number
  most: number
}

/** Exactly one thing by its name. */
export const one = (what: string, says?: string, names?: Named): Words => ({
  usage: what.toUpperCase().replaceAll(' ', '_'),
  what,
  least: 1,
  most: 1,
  ...(says ? { says } : {}),
  ...(names ? { names } : {}),
})
export const oneNode: Words = one('node', 'name, serial, UUID, MAC or id', 'node')

type ValuesOf<O extends Flags> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: typeof connectionOptions & O }>
>['values']

export interface Call<O extends Flags> {
  words: string[]
  /** the first word */
  name: string
  values: ValuesOf<O>
  env: NodeJS.ProcessEnv
  screen: Screen
  /** which server; looked up when first asked for, so that wrong usage is said before anything else */
  readonly server: Server
  readonly client: Client
  /** prints a reply, as JSON when that was asked for */
  show: <T>(reply: T, render: (reply: T, screen: Screen) => string) => void
}

interface Command<O extends Flags> {
  name: string
  summary: string
  /** how it is called when `words` and [OPTIONS] do not say it all */
  usage?: string
  words?: Words
  options?: O
  /** what a person should know besides; stands below the options */
  about?: string
  run(call: Call<O>): Promise<unknown>
}

/** A verb that talks to a server: its help, parsing and completion come from one description. */
export function command<const O extends Flags>(spec: Command<O>): Verb {
  const { name, summary, words } = spec
  return {
    name,
    summary,
    help: helpOf(spec),
    ...(words?.names ? { names: words.names } : {}),
    values: Object.fromEntries(
      Object.entries(spec.options ?? {}).flatMap(([flag, { oneOf }]) => (oneOf ? [[flag, oneOf.filter(Boolean)]] : [])),
    ),
    async run(argv, env) {
      const parsed = parseArgs({
        args: argv,
        allowPositionals: true,
        options: { ...connectionOptions, ...spec.options } as typeof connectionOptions & O,
      })
      const { positionals } = parsed
      const values = parsed.values as ValuesOf<O>
      refuseWrong(spec, positionals, values)
      await spec.run(callOf(positionals, values, env))
    },
  }
}

function callOf<O extends Flags>(words: string[], values: ValuesOf<O>, env: NodeJS.ProcessEnv): Call<O> {
  const flags = values as ConnectionFlags
  const screen = screenOf(process.stdout, env)
  let server: Server | undefined
  let client: Client | undefined
  return {
    words,
    name: words[0] ?? '',
    values,
    env,
    screen,
    get server() {
      server ??= chooseServer(flags, env)
      return server
    },
    get client() {
      client ??= createClient({ baseUrl: this.server.url, token: this.server.key, fetch: unchangedSince() })
      return client
    },
    show: (reply, render) => print(reply, flags.json, (clean) => render(clean, screen)),
  }
}

function refuseWrong<O extends Flags>({ name, words, options }: Command<O>, given: string[], values: object): void {
  const { least, most, what } = words ?? { least: 0, most: 0, what: 'word' }
  const see = `see ./eims ${name} --help`
  if (given.length > most && most === 0) throw new Refusal(`"${given[0]}" is too much; ${see}`, 2)
  if (given.length < least || given.length > most)
    throw new Refusal(
      `give ${least === most ? 'exactly' : given.length < least ? 'at least' : 'at most'} one ${what}; ${see}`,
      2,
    )
  for (const [flag, value] of Object.entries(values)) {
    const oneOf = options?.[flag]?.oneOf
    if (oneOf && typeof value === 'string' && !oneOf.includes(value))
      throw new Refusal(
        `--${flag} is one of ${oneOf.map((each) => each || '""').join(', ')}, not "${value}"; ${see}`,
        2,
      )
  }
}

function helpOf<O extends Flags>({ name, summary, usage, words, options, about }: Command<O>): string {
  const called = usage ?? [words?.usage, '[OPTIONS]'].filter(Boolean).join(' ')
  const lines = called
    .split('\n')
    .map((line, index) => `${index === 0 ? 'usage:' : '      '} ./eims ${name} ${line}\n`)
    .join('')
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.\n`
  const word: [string, string][] = words?.says ? [[words.usage.replace(/[[\].]/g, ''), words.says]] : []
  const own = described([...word, ...flagPairs(options ?? {})])
  return [lines, sentence, own, about ? `${about.trim()}\n` : '', connectionHelp].filter(Boolean).join('\n')
}
