import type { AuditRecord } from '@eims/contracts'
import { command } from '../command.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { clock } from '../output.ts'
import { listFlags } from '../pages.ts'
import { narrowed, quoted } from '../selection.ts'

const USUAL = 50

export const auditList = command({
  name: 'audit list',
  summary: 'who changed what, newest first',
  options: {
    node: { type: 'string', value: 'NODE', says: 'only of this machine: name, serial, UUID, MAC or id' },
    ...listFlags({ filter: 'action:node AND actor = ann', orderBy: 'actor, at desc' }, USUAL),
    ...formatFlags('time,who,what,subject'),
  },
  about: `--node also finds what was done to the machine under another name. Of one that is gone:
--filter 'subjectName = pos-1'. --json has the ids, and what each thing was before and after.

Example: ./eims audit list --filter 'action:node AND actor = ann' --limit 200`,
  async run({ values, client, screen }) {
    const { node } = values
    const id = node === undefined ? null : (await client('getNode', { params: { id: node } })).id
    const filter = narrowed(values.filter, id && `subject = ${quoted(id)}`) ?? undefined
    await printList({ client, values: { ...values, filter }, screen }, 'listAudit', listing)
  },
})

const whatOf = ({ subjectName, subject }: AuditRecord) => subjectName ?? subject

const listing: Listing<AuditRecord> = {
  none: 'nothing\n',
  nameOf: whatOf,
  usual: USUAL,
  columns: [
    { name: 'time', cell: ({ at }) => clock(at) },
    { name: 'who', cell: ({ actor }) => actor },
    { name: 'action', cell: ({ action }) => action },
    { name: 'what', cell: whatOf },
    { name: 'changed', cell: ({ before, after }) => changedKeys(before, after) },
    { name: 'subject', wide: true, cell: ({ subject }) => subject },
    { name: 'id', wide: true, cell: ({ id }) => id },
    { name: 'why', cell: ({ reason }) => reason },
  ],
}

/**
 * What differs between before and after, as `expected 4 → 5`, by the outermost names; for an import how many machines
 * of each sort; nothing for what was made or removed.
 */
function changedKeys(before: unknown, after: unknown): string {
  if (isRecord(after) && isRecord(after.counts) && before === null)
    return Object.entries(after.counts)
      .flatMap(([sort, count]) => (typeof count === 'number' && count > 0 ? [`${count} ${sort}`] : []))
      .join(', ')
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
