import type { AuditRecord } from '@eims/contracts'
import { command } from '../command.ts'
import { clock, table } from '../output.ts'
import { listed, listFlags, ofTotal } from '../pages.ts'
import { narrowed, quoted } from '../selection.ts'

const USUAL = '50'

export const auditList = command({
  name: 'audit list',
  summary: 'who changed what, newest first',
  options: {
    node: { type: 'string', value: 'NODE', says: 'only of this machine: name, serial, UUID, MAC or id' },
    ...listFlags,
    limit: { ...listFlags.limit, says: `at most so many (default ${USUAL})` },
  },
  about: `--node also finds what was done to the machine under another name. Of one that is gone:
--filter 'subjectName = pos-1'. --json has the ids, and what each thing was before and after.

Example: ./eims audit list --filter 'action:node AND actor = ann' --limit 200`,
  async run({ values, client, show }) {
    const { node, limit = USUAL } = values
    const id = node === undefined ? null : (await client('getNode', { params: { id: node } })).id
    const filter = narrowed(values.filter, id && `subject = ${quoted(id)}`) ?? undefined
    const { items, total } = await listed(client, 'listAudit', { ...values, filter, limit })
    show(items, (records: AuditRecord[], screen) =>
      records.length === 0
        ? 'nothing\n'
        : table(
            ['TIME', 'WHO', 'ACTION', 'WHAT', 'CHANGED', 'WHY'],
            records.map((each) => [
              clock(each.at),
              each.actor,
              each.action,
              each.subjectName ?? each.subject,
              changedKeys(each.before, each.after),
              each.reason,
            ]),
            screen,
          ) + ofTotal(records.length, total),
    )
  },
})

/** What differs between before and after, as `expected 4 → 5`, by the outermost names; nothing of what was made or removed. */
function changedKeys(before: unknown, after: unknown): string {
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
