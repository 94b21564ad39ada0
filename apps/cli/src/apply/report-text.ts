import { type Applied, type ApplyReport, counted } from '@eims/contracts'
import { table } from '../output.ts'
import type { Screen } from '../screen.ts'

const GROUPS_SHOWN = 50
const NAMES_SHOWN = 5

/** PURE: what was done, or what would be: counts, then what differs, equal differences as one. */
export function reportText(report: ApplyReport, screen?: Screen): string {
  const all = [...report.batches, ...report.nodes]
  if (all.every(({ result }) => result === 'unchanged'))
    return `Nothing to do: ${whole(report)} already as the files say.\n`
  const sums = [countsOf('node', report.nodes), countsOf('batch', report.batches)].filter(Boolean).join('; ')
  const head = report.dryRun
    ? `Nothing was changed, for this was a dry run. It would be: ${sums}.\n`
    : `Applied: ${sums}.\n`
  const groups = [...groupsOf('batch', report.batches), ...groupsOf('node', report.nodes)]
  const rows = groups.slice(0, GROUPS_SHOWN).map(({ result, names, what }) => [result, namesText(names), what])
  const more = groups.length - rows.length
  const rest = more > 0 ? `… and ${counted(more, 'difference')} more; --json has all\n` : ''
  return `${head}\n${table(['RESULT', 'WHICH', 'WHAT'], rows, screen, { wrapLast: true })}${rest}`
}

function whole({ nodes, batches }: ApplyReport): string {
  const parts = [
    ...(nodes.length > 0 ? [counted(nodes.length, 'node')] : []),
    ...(batches.length > 0 ? [counted(batches.length, 'batch')] : []),
  ]
  return `${parts.join(' and ')} ${nodes.length + batches.length === 1 ? 'is' : 'are'}`
}

function countsOf(what: 'node' | 'batch', of: Applied[]): string {
  const many = what === 'batch' ? 'batches' : 'nodes'
  const count = (result: Applied['result']) => of.filter((each) => each.result === result).length
  const parts = (['created', 'changed', 'unchanged'] as const).flatMap((result) => {
    const number = count(result)
    return number > 0 ? [`${number} ${result}`] : []
  })
  const [first, ...others] = parts
  if (!first) return ''
  const number = Number.parseInt(first, 10)
  return [first.replace(' ', ` ${number === 1 ? what : many} `), ...others].join(', ')
}

interface Group {
  result: string
  names: string[]
  what: string
}

function groupsOf(kind: 'node' | 'batch', of: Applied[]): Group[] {
  const groups = new Map<string, Group>()
  for (const { name, result, changes } of of) {
    if (result === 'unchanged') continue
    // What a new node is made of differs in each, and stands in the file.
    const differs =
      result === 'created' ? '' : changes.map((each) => `${each.field} ${shown(each.from)} → ${shown(each.to)}`)
    const what = [kind === 'batch' ? 'batch' : '', differs].flat().filter(Boolean).join('; ')
    const key = `${result} ${what}`
    const group = groups.get(key) ?? { result, names: [], what }
    group.names.push(name)
    groups.set(key, group)
  }
  return [...groups.values()]
}

const namesText = (names: string[]) =>
  `${names.slice(0, NAMES_SHOWN).join(', ')}${names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : ''}`

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.join(' ')
  if (typeof value !== 'object') return typeof value === 'string' ? value : JSON.stringify(value)
  const pairs = Object.entries(value).map(([key, each]) => `${key}=${String(each)}`)
  return pairs.length === 0 ? 'nothing' : pairs.join(' ')
}
