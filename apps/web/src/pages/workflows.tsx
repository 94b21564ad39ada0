import { builtInPlan, includesRole, type WorkflowSummary } from '@eims/contracts'
import { Link } from 'wouter'
import { addressOfNewWorkflow, addressOfWorkflow } from '../addresses.ts'
import { reading } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useRole } from '../server/session.ts'
import { Card } from '../shown/card.tsx'
import { useSpoken } from '../shown/language.tsx'
import { type Column, Rows } from '../shown/rows.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { Ago } from '../shown/time.tsx'
import { workflowWords } from '../words/workflows.ts'
import { type Start, starts } from './workflow-starts.ts'
import '../style/editor.css'
import '../style/workflows.css'

/** Every stored workflow, the plan that there is without one, and what a new one starts from. */
export function WorkflowsPage() {
  const spoken = useSpoken(workflowWords)
  const mayChange = includesRole(useRole(), 'admin')
  const list = useList('listWorkflows', reading.workflows, { orderBy: 'name' })
  const columns: Column<WorkflowSummary>[] = [
    {
      name: 'name',
      label: spoken.name,
      cell: ({ name, note }) => (
        <>
          <Link href={addressOfWorkflow(name)}>{name}</Link>
          {note ? <span className="note">{note}</span> : null}
        </>
      ),
    },
    {
      name: 'profiles',
      label: spoken.profiles,
      cell: ({ profiles }) =>
        profiles.length > 0 ? profiles.join(', ') : <span className="dim">{spoken.unused}</span>,
    },
    { name: 'report', label: spoken.report, cell: ({ reports }) => spoken.reports[reports] },
    { name: 'changed', label: spoken.changed, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
  ]
  return (
    <div className="page workflows">
      <header className="edit-head">
        <h1>{spoken.title}</h1>
        <p className="dim">{spoken.lead}</p>
      </header>
      <div className="two wide">
        <div className="stack">
          <Read of={list.read} rows={4}>
            {(items) =>
              items.length === 0 ? (
                <Notice title={spoken.none} help={spoken.noneHelp} />
              ) : (
                <Rows label={spoken.title} of={items} columns={columns} more={list.more} />
              )
            }
          </Read>
        </div>
        <div className="stack">
          {mayChange ? (
            <Card title={spoken.make}>
              <ul className="starts" aria-label={spoken.starts}>
                {(Object.keys(starts) as Start[]).map((start) => (
                  <li key={start}>
                    <Link href={addressOfNewWorkflow(start)} className="button plain">
                      {spoken.start[start]}
                    </Link>
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
          <Card title={spoken.plan}>
            <p className="dim small">{spoken.planHelp}</p>
            <ol className="plan">
              {builtInPlan.map((name, place) => (
                <li key={name}>
                  <span className="mono">{name}</span>
                  <span className="note">{spoken.planSteps[place]}</span>
                </li>
              ))}
            </ol>
            {mayChange ? (
              <p className="small">
                <Link href={addressOfNewWorkflow('image')}>{spoken.startFromPlan}</Link>
              </p>
            ) : null}
          </Card>
        </div>
      </div>
    </div>
  )
}
