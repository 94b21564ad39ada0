import type { Field, Known } from '@eims/placed-yaml'
import { type Env, readActions, readEnv, readName, readWords, v1alpha2 } from './action.ts'
import { itself, type Part } from './documents.ts'
import { MOST_SECONDS } from './limits.ts'
import type { Reader } from './reader.ts'
import type { Step, Steps } from './steps.ts'
import { oneWorker, tellCount } from './template-document.ts'

/** v1alpha2's objects of one file, not rendered. */
export interface Objects {
  /** by name */
  tasks: Map<string, Part>
  workflows: Part[]
}

const known = (read: string[], unread: Record<string, string> = {}): Known => ({ read, unread, unknown: 'mistake' })
const REFERENCES = 'References to other objects are not looked up: there is no Kubernetes'
const BOOT = 'Booting is the server’s: a machine with a run boots from the network, and from its disk after it'

const OBJECT = known(['metadata', 'spec'], { apiVersion: '', kind: '', status: '' })
const TASK = known(['actions', 'env', 'volumes'], { references: REFERENCES })
const WORKFLOW = known(['disabled', 'globals', 'timeoutSeconds', 'tasks', 'vars'], { references: REFERENCES })
const USE = known(['agentID', 'extra', 'hardware', 'timeoutSeconds', 'taskRef'])
const HARDWARE = known([], { hardwareRef: '', bootOptions: BOOT })
const EXTRA = known(['env', 'templateMap', 'volumes'])
const REFERENCE = known(['name'], { namespace: '' })
/** each is rendered anew for what the workflow gives to it */
const MOST_TASKS = 10
const REASON = 'tinkerbell.org/disabled'

/** What a workflow gives to its tasks, or to one of them. */
interface Extra {
  env: Env
  templateMap: Env
  volumes: string[]
}

/** Each Workflow of a file with the Tasks that it uses; of a file without one each Task alone. */
export function readObjects({ tasks, workflows }: Objects, reader: Reader): Steps[] {
  if (workflows.length === 0)
    return [...tasks.values()].flatMap((part) =>
      readTask(part, reader, reader.data, []).map(({ name, actions }) => ({
        name,
        worker: '',
        timeout: null,
        disabled: null,
        tasks: [{ name, timeout: null }],
        actions,
      })),
    )
  const used = new Set<string>()
  const steps = workflows.flatMap((part) =>
    // a document sees itself, as it stands there
    reader
      .render(part, { ...reader.data, workflow: itself(part) })
      .flatMap((document) => readWorkflow(document, tasks, used, reader) ?? []),
  )
  for (const [name, { kindAt }] of tasks)
    if (!used.has(name))
      reader.notes.warning(
        { ...kindAt, path: 'metadata.name' },
        `No workflow of the file uses the task ${name}`,
        'Name it in the taskRef of a workflow, or leave it out.',
      )
  return steps
}

function readWorkflow(document: Field, tasks: Objects['tasks'], used: Set<string>, reader: Reader): Steps | null {
  const object = document.fields(OBJECT)
  const spec = object?.get('spec')?.fields(WORKFLOW)
  const metadata = object?.get('metadata')?.fields()
  const name = readName(metadata?.get('name'), document)
  if (!spec) return document.mistake('The Workflow has no spec', 'Write `spec:` and its tasks below it.')
  const globals = readExtra(spec.get('globals'), reader)
  const uses = spec.get('tasks')?.items(MOST_TASKS) ?? []
  if (uses.length === 0)
    document.mistake('The Workflow has no task', 'Write `tasks:` and below it a list of at least one.')
  const workers = new Map<string, Field>()
  const steps: Steps['tasks'] = []
  const actions: Step[] = []
  for (const use of uses) {
    const fields = use.fields(USE)
    if (!fields) continue
    fields.get('hardware')?.fields(HARDWARE)
    const agent = fields.get('agentID')
    const worker = agent?.word() ?? ''
    if (agent && worker !== '') workers.set(worker, agent)
    const extra = readExtra(fields.get('extra'), reader)
    const timeout = fields.get('timeoutSeconds')?.number(MOST_SECONDS.whole) ?? null
    const reference = fields.get('taskRef')?.fields(REFERENCE)?.get('name')
    const taskName = reference?.word() ?? ''
    const part = tasks.get(taskName)
    used.add(taskName)
    if (!part) {
      ;(reference ?? use).mistake(`There is no Task ${taskName} in the file`, 'Put the Task into the same file.')
      continue
    }
    // seen by a Task: the workflow as it was rendered, and by their names what the workflow gives to templates
    const data = {
      ...reader.data,
      ...textOf(globals.templateMap),
      ...textOf(extra.templateMap),
      workflow: document.toJS(),
      vars: textOf(readEnv(spec.get('vars'), reader.limits)),
    }
    for (const task of readTask(part, reader, data, [globals, extra])) {
      steps.push({ name: task.name, timeout })
      actions.push(...task.actions)
    }
  }
  tellCount(document, actions, reader.limits)
  const worker = oneWorker(workers)
  const reason = metadata?.get('annotations')?.fields()?.get(REASON)?.word() || 'it says no reason'
  const disabled = spec.get('disabled')?.truth() ? reason : null
  if (name === null) return null
  return {
    name,
    worker,
    timeout: spec.get('timeoutSeconds')?.number(MOST_SECONDS.whole) ?? null,
    disabled,
    tasks: steps,
    actions,
  }
}

function readTask(part: Part, reader: Reader, data: Record<string, unknown>, given: Extra[]) {
  return reader.render(part, { ...data, task: itself(part) }).flatMap((document) => {
    const object = document.fields(OBJECT)
    const spec = object?.get('spec')?.fields(TASK)
    const name = readName(object?.get('metadata')?.fields()?.get('name'), document)
    const actions = spec?.get('actions')
    if (!actions) document.mistake('The Task has no actions', 'Write `spec:` and `actions:` below it.')
    if (!spec || name === null) return []
    const env: Env = new Map([...given.flatMap((each) => [...each.env]), ...readEnv(spec.get('env'), reader.limits)])
    const volumes = [...given.flatMap((each) => each.volumes), ...readWords(spec.get('volumes'), reader.limits)]
    return [{ name, actions: readActions(actions, { task: name, env, volumes }, v1alpha2, reader.limits) }]
  })
}

function readExtra(field: Field | undefined, { limits }: Reader): Extra {
  const fields = field?.fields(EXTRA)
  return {
    env: readEnv(fields?.get('env'), limits),
    templateMap: readEnv(fields?.get('templateMap'), limits),
    volumes: readWords(fields?.get('volumes'), limits),
  }
}

const textOf = (env: Env) => Object.fromEntries([...env].map(([name, { value }]) => [name, value]))
