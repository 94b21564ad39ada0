import type { Workflow, WorkflowInput, WorkflowReport, WorkflowSummary } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import type { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { workflowListing } from '../listing/tables.ts'
import { forgetPlanFaults } from '../nodes/plan-fault.ts'
import { byRef, meantBy } from './by-ref.ts'
import { removeUnused, withNameTaken } from './conflicts.ts'

const MOST_SHOWN = 20
const parts = {
  id: true,
  name: true,
  report: true,
  reports: true,
  note: true,
  createdAt: true,
  updatedAt: true,
  profiles: { select: { name: true }, orderBy: { name: 'asc' }, take: MOST_SHOWN },
} as const
const withText = { ...parts, text: true } as const

const summaryOf = (row: Prisma.WorkflowGetPayload<{ select: typeof parts }>): WorkflowSummary => ({
  id: row.id,
  name: row.name,
  report: row.report as WorkflowReport | null,
  reports: row.reports as WorkflowReport,
  note: row.note,
  profiles: row.profiles.map(({ name }) => name),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
})

const workflowOf = (row: Prisma.WorkflowGetPayload<{ select: typeof withText }>): Workflow => ({
  ...summaryOf(row),
  text: row.text,
})

/** A template, and whether what it installs reports itself. */
export type StoredWorkflow = Pick<WorkflowInput, 'name' | 'text' | 'report' | 'note'> & { reports: WorkflowReport }

/** @throws ProblemError already-exists */
export async function createWorkflow(db: Db, siteId: string, input: StoredWorkflow): Promise<Workflow> {
  return withNameTaken('a workflow', input.name, async () =>
    workflowOf(await db.workflow.create({ data: { id: newId(), siteId, ...input }, select: withText })),
  )
}

/** Runs already made keep what they were made with. @throws ProblemError not-found, already-exists */
export async function replaceWorkflow(db: Db, ref: string, input: StoredWorkflow): Promise<Workflow> {
  const { id } = await getWorkflow(db, ref)
  await forgetPlanFaults(db)
  return withNameTaken('a workflow', input.name, async () =>
    workflowOf(await db.workflow.update({ where: { id }, data: input, select: withText })),
  )
}

/** By id or name. @throws ProblemError not-found */
export async function getWorkflow(db: Db, ref: string): Promise<Workflow> {
  const rows = await db.workflow.findMany({ where: byRef(ref), select: withText })
  return workflowOf(await meantBy(db, ref, rows, 'workflow'))
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listWorkflows(db: Db, page: Page): Promise<Listed<WorkflowSummary>> {
  const found = await listIds(db, workflowListing, page)
  const rows = await db.workflow.findMany({ where: { id: { in: found.ids } }, select: parts })
  return listed(found, rows, (row) => row.id, summaryOf)
}

/** @throws ProblemError not-found; in-use, naming profiles */
export async function deleteWorkflow(db: Db, ref: string): Promise<Workflow> {
  const workflow = await getWorkflow(db, ref)
  const { id, name, profiles } = workflow
  await removeUnused(
    `Workflow ${name}`,
    'profile',
    profiles.slice(0, 5).map((each) => ({ name: each })),
    () => db.workflow.deleteMany({ where: { id } }),
  )
  return workflow
}
