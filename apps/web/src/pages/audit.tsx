import { type AuditRecord, ProblemError } from '@eims/contracts'
import { useState } from 'react'
import { Link } from 'wouter'
import { addressOfNode } from '../addresses.ts'
import { reading } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useSpoken, useWords } from '../shown/language.tsx'
import { Rows } from '../shown/rows.tsx'
import { Search } from '../shown/search.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { Clock } from '../shown/time.tsx'
import { useSettled } from '../shown/typing.ts'
import { auditWords } from '../words/audit.ts'
import { changesOf } from './audit-change.ts'
import { isFilter, quoted } from './node-query.ts'
import '../style/audit.css'

/** PURE: what is typed is looked for in names and reasons, unless it is a filter itself. */
function filterOf(typed: string): string {
  const text = typed.trim()
  if (text === '' || isFilter(text)) return text
  return ['actor', 'action', 'subjectName', 'reason'].map((field) => `${field}:${quoted(text)}`).join(' OR ')
}

/** The audit log. */
export function AuditPage() {
  const words = useWords()
  const said = useSpoken(auditWords)
  const [typed, setTyped] = useState('')
  const filter = filterOf(useSettled(typed))
  const entries = useList('listAudit', reading.audit, filter === '' ? {} : { filter })
  const { error } = entries.read
  return (
    <div className="page">
      <header className="toolbar">
        <h1>{words.audit}</h1>
        <Search label={said.search} placeholder={said.searchHelp} value={typed} onChange={setTyped} maxLength={500} />
      </header>
      <p className="lead">{said.lead}</p>
      {error instanceof ProblemError && error.code === 'invalid-input' ? (
        <Notice title={said.badFilter} help={error.message} tone="bad" />
      ) : (
        <Read of={entries.read}>
          {(items) =>
            items.length === 0 ? (
              filter === '' ? (
                <Notice title={said.none} />
              ) : (
                <Notice title={said.nothingFits} help={said.nothingFitsHelp} />
              )
            ) : (
              <Rows
                label={words.audit}
                of={items}
                columns={[
                  { name: 'at', label: said.at, cell: ({ at }) => <Clock at={at} seconds /> },
                  {
                    name: 'actor',
                    label: said.actor,
                    cell: ({ actor }) => (actor === 'eims' ? <span className="dim">{said.itself}</span> : actor),
                  },
                  { name: 'action', label: said.action, cell: (entry) => <What of={entry} /> },
                  { name: 'subject', label: said.subject, cell: (entry) => <Subject of={entry} /> },
                  { name: 'reason', label: said.reason, cell: ({ reason }) => reason ?? '' },
                ]}
                more={entries.more}
              />
            )
          }
        </Read>
      )}
    </div>
  )
}

function Subject({ of: { action, subject, subjectName } }: { of: AuditRecord }) {
  const name = subjectName ?? <span className="mono small">{subject}</span>
  const isThere = action.startsWith('node.') && action !== 'node.delete'
  return isThere ? <Link href={addressOfNode(subject)}>{name}</Link> : name
}

/** What was done, and behind it which fields were changed. */
function What({ of: { action, before, after } }: { of: AuditRecord }) {
  const said = useSpoken(auditWords)
  const changes = changesOf(before, after)
  if (changes.length === 0) return <span className="mono">{action}</span>
  return (
    <details className="change">
      <summary className="mono">{action}</summary>
      <table aria-label={said.details}>
        <thead>
          <tr>
            <td />
            <th scope="col">{said.was}</th>
            <th scope="col">{said.is}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ path, before: was, after: is }) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              <td>{was ?? <span className="dim">–</span>}</td>
              <td>{is ?? <span className="dim">–</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
