import { bytes, KeptKind, type Retention, type RetentionPatch, type Stored } from '@eims/contracts'
import { Refusal } from './refusal.ts'

const RULE = new RegExp(`^(${KeptKind.options.join('|')})=(\\d{1,9})(d|MB|GB)$`)

/**
 * PURE: `--keep logs=30d --keep logs=2GB` as a change of the site's bounds.
 * @throws Refusal for one that is none
 */
export function retentionRules(texts: string[]): RetentionPatch {
  const patch: RetentionPatch = {}
  for (const text of texts) {
    const [, kind, number, unit] = RULE.exec(text) ?? []
    if (!kind)
      throw new Refusal(
        `--keep ${text} is no bound; write ${KeptKind.options.join(', ')} with days or a size: logs=30d, logs=2GB`,
        2,
      )
    const value = Number(number)
    const bound = unit === 'd' ? { days: value } : { megabytes: unit === 'GB' ? 1000 * value : value }
    patch[kind as KeptKind] = { ...patch[kind as KeptKind], ...bound }
  }
  return patch
}

/** PURE: the bounds of a site in a line. */
export const retentionText = (retention: Retention) =>
  KeptKind.options
    .map((kind) => `${kind} ${retention[kind].days} days and ${bytes(retention[kind].megabytes * 1e6)}`)
    .join('; ')

/** PURE: what the registry holds, as rows of a table. */
export const storedRows = ({ kinds, unregistered }: Stored): string[][] => [
  ...KeptKind.options.map((kind) => {
    const { rows, bytes: held, fileBytes, limit } = kinds[kind]
    return [kind, String(rows), bytes(held), bytes(limit.bytes), `${limit.days} days`, bytes(fileBytes)]
  }),
  ['unregistered', String(unregistered.count), '', `${unregistered.limit} nodes`, '', ''],
]

/** PURE: what was dropped, in words; none: nothing was. */
export function droppedWords({ dropped }: Pick<Stored, 'dropped'>): string[] {
  const words: Record<string, string> = {
    events: 'events',
    sightings: 'events of machines that are no node',
    logs: 'log lines, by age or size',
    logLines: 'log lines of attempts that said more than is kept',
    audit: 'audit entries',
    runs: 'runs',
    undo: 'notes of what nodes were before an import',
    imports: 'imports of the history',
    unregistered: 'machines that nobody registered',
    unwritten: 'events that came faster than they are written',
  }
  return Object.entries(dropped).flatMap(([what, count]) => (count > 0 ? [`${count} ${words[what] ?? what}`] : []))
}
