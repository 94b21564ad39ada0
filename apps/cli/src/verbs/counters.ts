import { parseArgs } from 'node:util'
import type { Counters, Stored } from '@eims/contracts'
import { connect, connectionHelp, connectionOptions } from '../connection.ts'
import { clock, table } from '../output.ts'
import { print } from '../print.ts'
import { droppedWords, storedRows } from '../retention-text.ts'
import type { Verb } from '../verb.ts'

/** Counters at zero are left out: most of some sixty are. */
export function renderCounters({ server, interfaces, stored }: Counters): string {
  const parts = [`${server.name}, since ${clock(server.startedAt)}\n`]
  for (const { interface: name, address, away, heardServers, ...protocols } of interfaces) {
    const rows = (['dhcp', 'tftp', 'http'] as const).flatMap((protocol) =>
      Object.entries(protocols[protocol])
        .filter(([, count]) => count > 0)
        .map(([what, count]) => [protocol, what, count]),
    )
    parts.push(`${name} (${address}${away ? `, away: ${away}` : ''})\n`)
    parts.push(rows.length > 0 ? table(['PROTOCOL', 'WHAT', 'COUNT'], rows) : 'nothing was heard\n')
    if (heardServers.length > 0)
      parts.push(
        table(
          ['OTHER SERVER', 'HEARD', 'TIMES', 'LAST'],
          heardServers.map(({ address, how, count, lastAt }) => [address, inWords[how], count, clock(lastAt)]),
        ),
      )
  }
  return [...parts, ...(stored ? [renderStored(stored)] : [])].join('\n')
}

function renderStored(stored: Stored): string {
  const { sweptAt } = stored
  const dropped = droppedWords(stored)
  return [
    table(['REGISTRY', 'ROWS', 'TAKES', 'AT MOST', 'FOR', 'FILES'], storedRows(stored)),
    `dropped: ${dropped.length > 0 ? dropped.join(', ') : 'nothing'}\n`,
    `last swept: ${sweptAt === null ? 'not yet' : clock(sweptAt)}\n`,
  ].join('')
}

const inWords = {
  chosen: 'a machine chose it',
  replied: 'its own reply',
  proxy: 'its own reply, as a ProxyDHCP',
}

export const counters: Verb = {
  name: 'counters',
  summary: 'what the boot services did since the server started, and what the registry holds',
  help: `usage: ./eims counters [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { values } = parseArgs({ args: argv, options: connectionOptions })
    print(await connect(values, env)('counters', {}), values.json, renderCounters)
  },
}
