import { type CallInput, type Client, type RenderedWorkflow, unlessMissing, withRemedy } from '@eims/contracts'
import { imageLines } from '../workflow-text.ts'
import type { Wanted } from './read.ts'

export interface AppliedWorkflow {
  name: string
  result: 'created' | 'changed' | 'unchanged'
  /** what it takes that is not in the store */
  missing: string[]
}

/** What is wrong with the templates of the files, all at once. They see the first Hardware of the files, if there is one. */
export async function mistakesOf(client: Client, wanted: Wanted): Promise<string[]> {
  const problems: string[] = []
  for (const found of wanted.workflows) {
    const { text, report, params, file, before } = found.value
    const body = { text, report, params, hardware: hardwareOf(wanted) }
    const { mistakes, workflows } = await client('checkWorkflow', { body: body as CallInput<'checkWorkflow'>['body'] })
    for (const { line, column, path, ...note } of mistakes)
      problems.push(`${file}:${line + before}:${column}${path ? ` ${path}` : ''}: ${withRemedy(note)}`)
    if (workflows.length > 1)
      problems.push(`${found.placeOf([])}: holds ${workflows.length} workflows; add each by a file of its own`)
  }
  return problems
}

const hardwareOf = ({ nodes }: Wanted) => nodes.find(({ value }) => value.hardware)?.value.hardware ?? null

/** Brings the stored workflows to what the files say, one by one. @param dryRun says what would be done, and does nothing */
export async function applyWorkflows(
  client: Client,
  wanted: Wanted,
  { dryRun, fetch }: { dryRun: boolean; fetch: boolean },
): Promise<AppliedWorkflow[]> {
  const done: AppliedWorkflow[] = []
  for (const { value } of wanted.workflows) {
    const { name, text, report, note, params } = value
    const was = await client('getWorkflow', { params: { id: name } }).catch(unlessMissing)
    const isSame = was?.text === text && was.report === report && was.note === note
    const result = was === null ? 'created' : isSame ? 'unchanged' : 'changed'
    const look = { params, hardware: hardwareOf(wanted) }
    const body = { name, text, report, note, fetch, ...look } as CallInput<'addWorkflow'>['body']
    if (!dryRun && result === 'created') await client('addWorkflow', { body })
    if (!dryRun && result === 'changed') await client('putWorkflow', { params: { id: name }, body })
    const shown = await client('checkWorkflow', {
      body: { text, report, ...look } as CallInput<'checkWorkflow'>['body'],
    })
    done.push({ name, result, missing: missingOf(shown) })
  }
  return done
}

const missingOf = ({ workflows, standIns }: RenderedWorkflow) =>
  workflows
    .flatMap(({ images }) => images.filter(({ image }) => image === null))
    .flatMap((each) => imageLines(each, standIns))

/** PURE: what was done with workflows, for people. */
export function workflowsText(applied: readonly AppliedWorkflow[]): string {
  if (applied.length === 0) return ''
  const lines = applied.flatMap(({ name, result, missing }) => [`Workflow ${name}: ${result}`, ...missing])
  return `${lines.join('\n')}\n`
}
