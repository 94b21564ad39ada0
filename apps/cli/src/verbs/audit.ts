import type { AuditRecord, Client } from '@eims/contracts'
import { command } from '../command.ts'
import { clock, table } from '../output.ts'
import { listed, listFlags, ofTotal } from '../pages.ts'
import { quoted } from '../selection.ts'

const USUAL = '50'

export const auditList = command({
  name: 'audit list',
  summary: 'who changed what, newest first',
  options: { ...listFlags, limit: { ...listFlags.limit, says: `at most so many (default ${USUAL})` } },
  about: `--json has what each thing was before and after.

Example: ./eims audit list --filter 'action:node AND actor = ann' --limit 200`,
  async run({ values, client, show }) {
    const { items, total } = await listed(client, 'listAudit', { ...values, limit: values.limit ?? USUAL })
    const names = values.json ? new Map<string, string>() : await nodeNames(client, items)
    show(items, (records: AuditRecord[], screen) =>
      records.length === 0
        ? 'nothing\n'
        : table(
            ['TIME', 'WHO', 'ACTION', 'WHAT', 'CHANGED', 'WHY'],
            records.map((each) => [
              clock(each.at),
              each.actor,
              each.action,
              names.get(each.subject) ?? nameOf(each),
              changedKeys(each.before, each.after),
              each.reason,
            ]),
            screen,
          ) + ofTotal(records.length, total),
    )
  },
})

/** A filter holds no more. */
const MOST_IDS = 40

/** Names of the nodes that records speak of by their id, of those that still are. */
async function nodeNames(client: Client, records: AuditRecord[]): Promise<Map<string, string>> {
  const ids = records.filter(({ action }) => action.startsWith('node.')).map(({ subject }) => subject)
  const some = [...new Set(ids)].slice(0, MOST_IDS)
  if (some.length === 0) return new Map()
  const filter = some.map((id) => `id = ${quoted(id)}`).join(' OR ')
  const { items } = await client('listNodes', { query: { filter, pageSize: MOST_IDS } })
  return new Map(items.map(({ id, name }) => [id, name]))
}

/** An id says little to a person: the name of what was changed, if it is known. */
function nameOf({ subject, before, after }: AuditRecord): string {
  const name = [after, before].find((each) => isRecord(each) && typeof each.name === 'string')
  return name ? String((name as { name: string }).name) : subject
}

/** What differs between before and after, as `expected 4 → 5`, by the outermost names; nothing of what was made or removed. */
export function changedKeys(before: unknown, after: unknown): string {
  if (!isRecord(after) || !isRecord(before)) return ''
  return Object.keys(after)
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) =>
      key in before ? `${key} ${short(before[key])} → ${short(after[key])}` : `${key} ${short(after[key])}`,
    )
    .join(', ')
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  return text.length > 32 ? `${text.slice(0, 31)}…` : text
}
