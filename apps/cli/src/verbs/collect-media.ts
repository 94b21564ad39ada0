import { readReports } from '@eims/medium'
import { type CollectedUnit, reportsOf, tellServer } from '../boot-media/collect.ts'
import { withMedium } from '../boot-media/customize.ts'
import { command } from '../command.ts'
import { progressLine, table } from '../output.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'

const stateWords = {
  INSTALLED: 'installed, not yet seen running',
  FAILED: 'failed',
  BEGUN: 'begun, its end is not known',
} satisfies Record<CollectedUnit['state'], string>

const resultWords = {
  new: 'registered',
  joined: 'noted of a node that was there',
  known: 'known already',
  older: 'left: a newer installation is known',
  untouched: 'left: its disk was not touched',
  refused: 'refused',
} satisfies Record<CollectedUnit['result'], string>

const dryWords: Partial<typeof resultWords> = { new: 'would be registered', joined: 'would be noted of a node' }

interface Reply {
  medium: string
  dryRun: boolean
  units: CollectedUnit[]
  skipped: { what: string; why: string }[]
}

const collect = command({
  name: 'boot-media collect',
  summary: 'take in what machines left on a medium that installed them',
  words: { usage: 'STICK', what: 'stick or file', says: 'the stick (/dev/sdX), or a file of it', least: 1, most: 1 },
  options: {
    batch: { type: 'string', value: 'BATCH', says: 'put the machines into this batch' },
    'dry-run': { type: 'boolean', says: 'tell what would be done; nothing is registered' },
  },
  about: `
Each machine becomes a node, or is found among those that are there by serial, UUID and MACs, with its inventory and what was
installed. INSTALLED becomes PROVISIONED and never RUNNING: nobody has seen it run (nodes adopt --from-unit takes it in then).
FAILED, and an installation of which no end was told, become FAILED. The stick is only read; again is no harm.`,
  async run({ name: path, values, client, show }) {
    const dryRun = values['dry-run'] ?? false
    const { id, found, skipped } = await withMedium(path, false, async (medium, source) => ({
      id: medium.id,
      ...reportsOf(await readReports(source, medium), medium.id),
    }))
    const wishes = { dryRun, ...(values.batch === undefined ? {} : { batch: values.batch }) }
    const units = await tellServer(client, found, wishes, progressLine(process.stderr))
    show({ medium: id, dryRun, units, skipped } satisfies Reply, render)
    const refused = units.filter(({ result }) => result === 'refused').length
    if (refused > 0) throw new Refusal(`${refused} of ${units.length} machines were not taken in`)
  },
})

function render({ dryRun, units, skipped }: Reply, screen: Screen): string {
  const rows = units.map(({ name, serial, state, reason, result, why, digest }) => [
    name,
    serial,
    reason === null ? stateWords[state] : `${stateWords[state]}: ${reason}`,
    `${(dryRun ? dryWords[result] : undefined) ?? resultWords[result]}${why === null ? '' : `: ${why}`}${digest === 'differs' ? '; its image is another one than the one of that name here' : ''}`,
  ])
  const changed = units.filter(({ result }) => result === 'new' || result === 'joined').length
  return [
    units.length === 0 ? '' : `${table(['NAME', 'SERIAL', 'MEDIUM SAYS', 'HERE'], rows, screen, { wrapLast: true })}\n`,
    ...skipped.map(({ what, why }) => `skipped: ${what} ${why.startsWith('is ') ? why : `has ${why}`}\n`),
    units.length === 0
      ? 'no machine has left a report on this medium\n'
      : changed === 0
        ? 'nothing was changed\n'
        : `${changed} of ${units.length} ${dryRun ? 'would be taken in' : 'taken in'}\n`,
  ].join('')
}

export const collectMediaVerbs = [collect]
