import type { Field, Known } from '@eims/placed-yaml'
import { type Env, readActions, readEnv, readName, readWords, v1alpha1 } from './action.ts'
import { type Limits, MOST_SECONDS } from './limits.ts'
import type { Step, Steps } from './steps.ts'

/** What is read of a file. */
export const TOP: Known = {
  read: ['name', 'global_timeout', 'tasks'],
  unread: { version: '', id: '' },
  unknown: 'warning',
}
/** What is read of a task. */
export const TASK: Known = { read: ['name', 'worker', 'actions', 'volumes', 'environment'], unknown: 'warning' }
const MOST_TASKS = 50

/** Whether a document without a kind looks like a template. */
export const isTemplate = (fields: Map<string, Field>): boolean => fields.has('tasks')

/** A template of v1alpha1: `name`, `global_timeout`, `tasks`. Null when something in it is told as a mistake. */
export function readTemplate(document: Field, limits: Limits): Steps | null {
  const fields = document.fields(TOP)
  if (!fields) return null
  const name = readName(fields.get('name'), document)
  const timeout = fields.get('global_timeout')?.number(MOST_SECONDS.whole) ?? null
  const tasks = fields.get('tasks')?.items(MOST_TASKS) ?? []
  if (tasks.length === 0) document.mistake('There is no task', 'Write `tasks:` and below it a list of at least one.')
  const names = new Set<string>()
  const workers = new Map<string, Field>()
  const actions: Step[] = []
  for (const task of tasks) {
    const read = readTask(task, limits)
    if (!read) continue
    if (names.has(read.name)) task.mistake(`Two tasks have the name ${read.name}`, 'Give one of them another name.')
    names.add(read.name)
    if (read.worker) workers.set(read.worker.text, read.worker.field)
    actions.push(...read.actions)
  }
  const worker = oneWorker(workers)
  tellCount(document, actions, limits)
  if (name === null) return null
  return {
    name,
    worker,
    timeout,
    disabled: null,
    tasks: [...names].map((each) => ({ name: each, timeout: null })),
    actions,
  }
}

function readTask(task: Field, limits: Limits) {
  const fields = task.fields(TASK)
  if (!fields) return null
  const name = readName(fields.get('name'), task)
  const field = fields.get('worker')
  const text = field?.word() ?? ''
  if (text.trim() === '') (field ?? task).mistake('The task has no worker', 'Write `worker: "{{.device_1}}"`.')
  const env: Env = readEnv(fields.get('environment'), limits)
  const volumes = readWords(fields.get('volumes'), limits)
  const actions = readActions(fields.get('actions'), { task: name ?? '', env, volumes }, v1alpha1, limits)
  return name === null ? null : { name, worker: field && text !== '' ? { text, field } : null, actions }
}

/** The machine that all tasks name; '' when none does. Told, when they name several. */
export function oneWorker(workers: ReadonlyMap<string, Field>): string {
  const [first = '', ...others] = workers.keys()
  if (others.length > 0)
    workers
      .get(others[0]!)!
      .mistake(
        `The workflow is for several machines: ${[first, ...others].slice(0, 5).join(', ')}`,
        'Write one template a machine: eims runs a workflow on the machine that it is assigned to.',
      )
  return first
}

/** Told, when a workflow holds no action or more than a plan can. */
export function tellCount(document: Field, actions: readonly Step[], { actions: most }: Limits): void {
  const count = actions.reduce((sum, { onFailure, onTimeout }) => sum + 1 + onFailure.length + onTimeout.length, 0)
  if (count > most) document.mistake(`The workflow has ${count} actions, at most ${most} can be`, 'Take some out.')
}
