import { parseArgs } from 'node:util'
import { type Client, type Diagnosis, type DiagnosisQuery, Mac, ProblemError, Serial, Uuid } from '@eims/contracts'
import { connect, connectionHelp, connectionOptions } from '../connection.ts'
import { renderDiagnosis } from '../diagnosis-text.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import type { Verb } from '../verb.ts'
import { columnsFor } from '../wrap.ts'

export const explain: Verb = {
  name: 'nodes explain',
  summary: 'why a machine is where it is: what was heard, what never came, what to do',
  help: `usage: ./eims nodes explain NODE|MAC [OPTIONS]
       ./eims nodes explain --serial SERIAL | --uuid UUID | --mac MAC

Also of a machine that nobody registered: ask by its MAC, or by the serial or UUID that its firmware says.

  NODE           name, serial, UUID or MAC
${connectionHelp}`,
  async run(argv, env) {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: { ...connectionOptions, mac: { type: 'string' }, serial: { type: 'string' }, uuid: { type: 'string' } },
    })
    const { mac, serial, uuid } = values
    const named = Object.entries({ mac, serial, uuid }).filter(([, value]) => value !== undefined)
    if (positionals.length + named.length !== 1)
      throw new Refusal('name exactly one machine: a node or MAC, or one of --mac, --serial, --uuid; see --help', 2)
    const client = connect(values, env)
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
        ? new Refusal(`no node is called ${word}, and no machine said the serial ${word} yet; ask by its MAC`)
        : second
    })
  }
}
