import { parseArgs } from 'node:util'
import { type Client, type Diagnosis, type DiagnosisQuery, Mac, ProblemError, Serial, Uuid } from '@eims/contracts'
import { connect, connectionHelp, connectionOptions } from '../connection.ts'
import { renderDiagnosis } from '../diagnosis-text.ts'
import { explainAll, renderDiagnoses } from '../explain-all.ts'
import { listed } from '../pages.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import { screenOf } from '../screen.ts'
import { bothOf } from '../selection.ts'
import type { Verb } from '../verb.ts'
import { columnsFor } from '../wrap.ts'

const many = {
  all: { type: 'boolean' },
  filter: { type: 'string' },
  batch: { type: 'string' },
  limit: { type: 'string' },
} as const

export const explain: Verb = {
  name: 'nodes explain',
  summary: 'why a machine is where it is: what was heard, what never came, what to do',
  help: `usage: ./eims nodes explain NODE|MAC [OPTIONS]
       ./eims nodes explain --serial SERIAL | --uuid UUID | --mac MAC
       ./eims nodes explain --all [--filter FILTER] [--batch BATCH] [--limit N]

Also of a machine that nobody registered: ask by its MAC, or by the serial or UUID that its firmware says.

  NODE           name, serial, UUID or MAC
  --all          a line for each machine that is not well, with those first that need help
  --filter FILTER  with --all: only those that it lets through (docs/rest.md)
  --batch BATCH  with --all: only those of the batch
  --limit N      with --all: at most so many

${connectionHelp}`,
  async run(argv, env) {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        ...connectionOptions,
        mac: { type: 'string' },
        serial: { type: 'string' },
        uuid: { type: 'string' },
        ...many,
      },
    })
    const { mac, serial, uuid } = values
    const named = Object.entries({ mac, serial, uuid }).filter(([, value]) => value !== undefined)
    const client = connect(values, env)
    if (values.all) {
      if (positionals.length + named.length > 0) throw new Refusal('name a machine, or give --all, not both', 2)
      const filter = bothOf(values.filter, values.batch)
      const { items, total } = await listed(client, 'listNodes', {
        ...(filter ? { filter } : {}),
        ...(values.limit === undefined ? { all: true } : { limit: values.limit }),
      })
      const screen = screenOf(process.stdout, env)
      const render = (all: Diagnosis[]) =>
        renderDiagnoses(all, screen) +
        (items.length < total ? `${items.length} of ${total}; more with a larger --limit\n` : '')
      return print(await explainAll(client, items), values.json, render)
    }
    if (values.filter ?? values.batch ?? values.limit)
      throw new Refusal('--filter, --batch and --limit go with --all', 2)
    if (positionals.length + named.length !== 1)
      throw new Refusal('name exactly one machine: a node or MAC, or one of --mac, --serial, --uuid; see --help', 2)
    const [word] = positionals
    const reply = word === undefined ? ask(client, Object.fromEntries(named)) : askByWord(client, word)
    print(await reply, values.json, (diagnosis) => renderDiagnosis(diagnosis, columnsFor(process.stdout.columns)))
  },
}

const ask = (client: Client, query: DiagnosisQuery): Promise<Diagnosis> => client('diagnosis', { query })

/** A word is what it looks like; what names no node may be the serial of a machine that is none yet. */
async function askByWord(client: Client, word: string): Promise<Diagnosis> {
  if (Mac.safeParse(word).success) return ask(client, { mac: word })
  if (Uuid.safeParse(word).success) return ask(client, { uuid: word })
  try {
    return await ask(client, { node: word })
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'not-found' || !Serial.safeParse(word).success) throw error
    return ask(client, { serial: word }).catch((second: unknown) => {
      throw second instanceof ProblemError && second.code === 'not-found'
        ? new Refusal(`no node is called ${word}, and no machine is known by the serial ${word}; ask by its MAC`)
        : second
    })
  }
}
