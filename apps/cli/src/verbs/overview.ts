import { parseArgs } from 'node:util'
import { bytes, type Overview } from '@eims/contracts'
import { connect, connectionHelp, connectionOptions } from '../connection.ts'
import { clock, table } from '../output.ts'
import { print } from '../print.ts'
import type { Verb } from '../verb.ts'

/** PURE: the overview for a terminal. */
export function renderOverview(all: Overview): string {
  const { interfaces, disks } = all.server
  const pace = `${all.lastHour} done within the last hour, ${all.left} left`
  return [
    table(
      ['MACHINES', ''],
      [['all', all.total], ...Object.entries(all.standing)].map(([what, count]) => [String(what), count]),
    ),
    undecided(all.undecided),
    `${pace}${all.expectedEnd === null ? '' : `, done at about ${clock(all.expectedEnd)}`}\n`,
    ...all.images.converting.map(({ name, progress }) => `image ${name}: ${Math.round((progress ?? 0) * 100)} %\n`),
    ...(all.images.failed > 0 ? [`images that failed: ${all.images.failed}\n`] : []),
    ...interfaces.map(
      ({ interface: name, away }) => `${name}: ${away === null ? 'is served' : `not served (${away})`}\n`,
    ),
    ...disks.map(({ disk, free, size }) => `disk of ${disk}: ${bytes(free)} of ${bytes(size)} free\n`),
  ].join('')
}

const undecided = ({ strangers, conflicts }: Overview['undecided']) =>
  [
    strangers > 0 ? `nobody registered ${strangers}: ./eims nodes adopt, or nodes set --netboot denied\n` : '',
    conflicts > 0 ? `in quarantine: ${conflicts}, see ./eims nodes conflicts\n` : '',
  ].join('')

export const overview: Verb = {
  name: 'overview',
  summary: 'how many machines run, wait, failed and are unknown, how fast it goes, and what holds it up',
  help: `usage: ./eims overview [OPTIONS]\n\n${connectionHelp}`,
  async run(argv, env) {
    const { values } = parseArgs({ args: argv, options: connectionOptions })
    print(await connect(values, env)('overview', {}), values.json, renderOverview)
  },
}
