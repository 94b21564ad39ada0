import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import {
  type CallInput,
  type CallReply,
  type RenderedWorkflow,
  type Workflow,
  WorkflowCheck,
  WorkflowReport,
  type WorkflowSummary,
} from '@eims/contracts'
import { type Call, command, one } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { formatFlags, type Listing, printList } from '../listing.ts'
import { paramsOf } from '../metadata-flags.ts'
import { defined } from '../needed.ts'
import { clock, fields } from '../output.ts'
import { listFlags } from '../pages.ts'
import { Refusal } from '../refusal.ts'
import type { Screen } from '../screen.ts'
import { readText } from '../ssh-keys.ts'
import { renderSample } from '../workflow-sample.ts'
import { folded, imageLines, linesOf, notesText, planText } from '../workflow-text.ts'

const report = {
  report: {
    type: 'string',
    oneOf: [...WorkflowReport.options, ''],
    value: 'HOW',
    says: 'seed (the OS reports itself by our cloud-init seed) or none; "" as the template needs it',
  },
} as const
const kept = {
  ...report,
  note: { type: 'string', value: 'TEXT', says: 'for people' },
  fetch: { type: 'boolean', says: 'images that it names by URL and checksum are fetched (default)' },
  'no-fetch': { type: 'boolean', says: 'they are fetched when a run needs them' },
} as const
const machine = {
  node: {
    type: 'string',
    value: 'NODE',
    says: 'look at it as it is on this machine (default: on one that is made up)',
  },
  param: {
    type: 'string',
    multiple: true,
    value: 'KEY=VALUE',
    says: 'what the template sees as .params.KEY, and a profile would say',
  },
} as const

const reportText = ({ report: said, reports }: WorkflowSummary) =>
  `${reports === 'none' ? 'none: its runs end with the OS written' : 'seed: done when the OS has reported itself'}${said ? ', as it was said' : ''}`

const describe = (workflow: Workflow, text: string, screen?: Screen) =>
  `${fields(
    [
      ['name', workflow.name],
      ['note', workflow.note],
      ['report', reportText(workflow)],
      ['profiles', workflow.profiles.join(', ')],
      ['made', clock(workflow.createdAt)],
      ['changed', clock(workflow.updatedAt)],
    ],
    screen,
  )}\n${linesOf(text.trimEnd().split('\n'))}`

type Machine = typeof machine & typeof report
type Looking = Pick<Call<Machine>, 'values' | 'client' | 'show'>

const asks = ({ node, param }: Looking['values']) =>
  defined({ node, params: param ? paramsOf(param, '--param') : undefined })
const reportOf = (said: string | undefined) => (said === undefined ? undefined : said || null)

/** @throws Refusal with all mistakes, each at its place in the file */
function refuseMistakes(looked: RenderedWorkflow, file: string, { values, show }: Looking): void {
  if (looked.mistakes.length === 0) {
    if (looked.warnings.length > 0) process.stderr.write(linesOf(notesText(file, looked.warnings)))
    return
  }
  if (values.json) show(looked, () => '')
  throw new Refusal(`${file} cannot be run:`, 1, notesText(file, looked.mistakes))
}

const look = (call: Looking, text: string): Promise<RenderedWorkflow> => {
  const body = { text, ...defined({ report: reportOf(call.values.report) }), ...asks(call.values) }
  return call.client('checkWorkflow', { body: body as CallInput<'checkWorkflow'>['body'] })
}

function fetchOf(values: { fetch?: boolean | undefined; 'no-fetch'?: boolean | undefined }): boolean {
  if (values.fetch && values['no-fetch']) throw new Refusal('give --fetch or --no-fetch, not both', 2)
  return !values['no-fetch']
}

/** What the workflow takes that is not in the store, on standard error: the reply is the workflow. */
async function tellImages({ client, values }: Looking, { id, name }: Workflow): Promise<void> {
  const body = asks(values) as CallInput<'renderWorkflow'>['body']
  const { workflows, standIns } = await client('renderWorkflow', { params: { id }, body })
  const missing = workflows.flatMap(({ images }) => images).filter(({ image }) => image === null)
  const lines = missing.flatMap((each) => imageLines(each, standIns))
  if (lines.length > 0) process.stderr.write(linesOf([`Images that ${name} takes:`, ...lines]))
}

/**
 * A file as it is on a node, which the server knows, or on a machine that is made up, which needs no server.
 * @throws Refusal for what no server would take, either
 */
async function lookAtFile(call: Looking, file: string): Promise<RenderedWorkflow> {
  const text = readText(file)
  if (call.values.node !== undefined) return look(call, text)
  const given = WorkflowCheck.safeParse({
    text,
    ...defined({ report: reportOf(call.values.report) }),
    ...asks(call.values),
  })
  if (given.success) return renderSample(text, given.data.params, given.data.report)
  const faults = given.error.issues.map(({ path: [field, ...rest], message }) => {
    const what = field === 'text' ? file : [`--${field === 'params' ? 'param' : String(field)}`, ...rest].join(' ')
    return `${what} ${message}`
  })
  throw new Refusal(`${file} cannot be looked at:`, 2, faults)
}

const fileWord = {
  usage: 'FILE',
  what: 'template file',
  says: 'a Tinkerbell workflow template, as it was published',
  least: 1,
  most: 1,
}

const add = command({
  name: 'workflows add',
  summary: 'add a workflow template (Tinkerbell’s), which profiles can name',
  words: fileWord,
  options: {
    name: {
      type: 'string',
      value: 'NAME',
      says: 'name in the registry (default: the file’s name without its endings)',
    },
    ...kept,
    ...machine,
  },
  about: `
It is checked first, and every mistake is told with its file, line and column. Images that it names by URL with a checksum are
fetched by the server, through the site's proxy; of the others the command is told that adds them. docs/workflows.md has it all.
A profile runs it: ./eims profiles add NAME --image IMAGE --workflow WORKFLOW`,
  async run(call) {
    const { name: file, values, client, show } = call
    const text = readText(file)
    refuseMistakes(await look(call, text), file, call)
    const body = {
      name: values.name ?? nameOf(file),
      text,
      fetch: fetchOf(values),
      ...defined({ report: reportOf(values.report), note: values.note }),
      ...asks(values),
    }
    const made = await client('addWorkflow', { body: body as CallInput<'addWorkflow'>['body'] })
    await tellImages(call, made)
    show(made, summary)
  },
})

const summary = (workflow: Workflow, screen?: Screen) =>
  fields(
    [
      ['name', workflow.name],
      ['note', workflow.note],
      ['report', reportText(workflow)],
    ],
    screen,
  )

/** The name of a file as one of the registry: without its endings, and with what a name may hold. */
export const nameOf = (file: string): string =>
  basename(file)
    .replace(/(\.(ya?ml|tmpl|tpl|json))+$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63) || 'workflow'

const set = command({
  name: 'workflows set',
  summary: 'change a workflow template: what is given; the rest stays',
  words: one('workflow', undefined, 'workflow'),
  options: {
    file: { type: 'string', value: 'FILE', says: 'another text' },
    name: { type: 'string', value: 'NAME', says: 'another name; its profiles follow' },
    ...kept,
    ...machine,
  },
  about: `
"" clears a note. A run that was made already keeps what it was made with; a machine that waits tries the new text at once.`,
  async run(call) {
    const { values, client, show } = call
    const params = { id: call.name }
    const was = await client('getWorkflow', { params })
    const text = values.file === undefined ? was.text : readText(values.file)
    if (values.file !== undefined) refuseMistakes(await look(call, text), values.file, call)
    const body = {
      name: values.name ?? was.name,
      text,
      report: values.report === undefined ? was.report : reportOf(values.report),
      note: values.note === undefined ? was.note : values.note || null,
      fetch: fetchOf(values),
      ...asks(values),
    }
    const made = await client('putWorkflow', { params, body: body as CallInput<'putWorkflow'>['body'] })
    await tellImages(call, made)
    show(made, summary)
  },
})

const show = command({
  name: 'workflows show',
  summary: 'one workflow template, with its text',
  words: one('workflow', undefined, 'workflow'),
  async run({ name, client, show: print }) {
    const workflow = await client('getWorkflow', { params: { id: name } })
    print(workflow, (clean, screen) => describe(clean, workflow.text, screen))
  },
})

const listing: Listing<WorkflowSummary> = {
  none: 'no workflows\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'report', cell: ({ reports }) => reports },
    { name: 'profiles', yields: 1, cell: ({ profiles }) => profiles.join(', ') },
    { name: 'made', wide: true, cell: ({ createdAt }) => clock(createdAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
    { name: 'note', cell: ({ note }) => note },
  ],
}

const list = command({
  name: 'workflows list',
  summary: 'list the workflow templates',
  options: {
    ...listFlags({ filter: 'name = ubuntu-* AND reports = none', orderBy: 'name desc' }),
    ...formatFlags('name,report'),
  },
  run: (call) => printList(call, 'listWorkflows', listing),
})

const check = command({
  name: 'workflows check',
  summary: 'say what is wrong with a workflow template, without keeping it',
  words: fileWord,
  options: { ...report, ...machine },
  about: `
Without --node no server is asked, and none is needed. Which images the store has only a server knows: see workflows render.`,
  async run(call) {
    const { name: file } = call
    const looked = await lookAtFile(call, file)
    refuseMistakes(looked, file, call)
    call.show(looked, (_, screen) =>
      linesOf(
        looked.workflows.flatMap(({ name, actions, report: is, reportWhy, images }) => [
          ...folded(
            `${file}: workflow ${name} can be run: ${actions.length} actions, report ${is} (${reportWhy})`,
            screen,
          ),
          ...images.flatMap((each) => imageLines(each, looked.standIns)),
        ]),
      ),
    )
  },
})

const render = command({
  name: 'workflows render',
  summary: 'the plan that a workflow template comes to on one machine',
  words: {
    usage: 'NAME|FILE',
    what: 'workflow or template file',
    says: 'a stored workflow, or a file here',
    names: 'workflow',
    least: 1,
    most: 1,
  },
  options: { ...report, ...machine },
  about: `
Each argument is shown with the line of the file that it comes from, what stands for something that is not known before a run,
which images are taken and whether the store has them, and what was left out. Nothing is changed. A file without --node is looked
at without a server: what the store has is not known then.`,
  async run(call) {
    const { name, values } = call
    const isFile = existsSync(name)
    if (!isFile && values.report !== undefined) throw new Refusal('--report is for a file; see workflows set', 2)
    const rendered = isFile
      ? await lookAtFile(call, name)
      : await call.client('renderWorkflow', {
          params: { id: name },
          body: asks(values) as CallInput<'renderWorkflow'>['body'],
        })
    if (rendered.mistakes.length > 0) refuseMistakes(rendered, name, call)
    call.show(rendered, (_, screen) => planText(rendered, name, screen))
  },
})

const remove = command({
  name: 'workflows delete',
  summary: 'remove a workflow template that no profile names',
  words: one('workflow', undefined, 'workflow'),
  options: yesFlag,
  async run({ name, values, client }) {
    await confirm(`The workflow ${name} will be removed; images that it names stay.`, values)
    await client('deleteWorkflow', { params: { id: name } })
  },
})

const language = command({
  name: 'workflows language',
  summary: 'what may stand in a workflow template: actions and what they take, functions, values of a machine',
  options: { node: { ...machine.node, says: 'with the values of this machine (default: of one that is made up)' } },
  about: `
Of an action's environment, * is what must be given. docs/workflows.md says what each is for.`,
  async run({ values, client, show: print }) {
    const query = defined({ node: values.node }) as CallInput<'workflowLanguage'>['query']
    print(await client('workflowLanguage', query ? { query } : {}), languageText)
  },
})

const languageText = ({ keys, actions, functions, values }: CallReply<'workflowLanguage'>, screen: Screen) =>
  linesOf([
    ...Object.entries(keys).flatMap(([of, names]) => folded(names.join(', '), screen, `${of}: `)),
    '',
    ...actions.flatMap(({ name, builtin, environment }) => {
      const used = environment.filter(({ unused }) => unused === null)
      const names = used.map(({ name: variable, required }) => `${variable}${required ? '*' : ''}`)
      return folded(names.join(', '), screen, `${name}${builtin ? ` (${builtin})` : ''}: `)
    }),
    '',
    ...folded(functions.join(', '), screen, 'functions: '),
    '',
    ...values.map(({ path, value }) => `${path}  ${value.replaceAll('\n', '\\n')}`),
  ])

export const workflowVerbs = [add, list, show, check, render, language, set, remove]
