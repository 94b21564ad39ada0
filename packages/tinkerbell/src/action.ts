import type { Field, Known } from '@eims/placed-yaml'
import { quoted, type Spot } from '@eims/placed-yaml'
import { actionNames, actionOf } from './image.ts'
import { imageName } from './image-name.ts'
import { type Limits, MOST_NAME, MOST_RETRIES, MOST_SECONDS } from './limits.ts'
import type { Step } from './steps.ts'

/** How a version of Tinkerbell's API writes an action. Both have what is ours besides. */
export interface Dialect {
  env: 'environment' | 'env'
  timeout: 'timeout' | 'timeoutSeconds'
  condition: 'when' | 'if'
  known: Known
}

const ours = ['retries', 'backoff', 'on-failure', 'on-timeout']

export const v1alpha1: Dialect = {
  env: 'environment',
  timeout: 'timeout',
  condition: 'when',
  // Tinkerbell leaves out what it does not know
  known: {
    read: [
      'name',
      'image',
      'timeout',
      'command',
      'volumes',
      'environment',
      'pid',
      'namespaces',
      'network',
      'when',
      ...ours,
    ],
    unknown: 'warning',
  },
}

export const v1alpha2: Dialect = {
  env: 'env',
  timeout: 'timeoutSeconds',
  condition: 'if',
  // the Kubernetes API refuses what its schema does not know
  known: {
    read: [
      'name',
      'image',
      'if',
      'command',
      'args',
      'env',
      'volumes',
      'namespaces',
      'timeoutSeconds',
      'background',
      ...ours,
    ],
    unknown: 'mistake',
  },
}

/** Text by name, and where each stands. */
export type Env = ReadonlyMap<string, { value: string; spot: Spot }>

/** What an action has from its task and workflow; its own goes before it. */
export interface Inherited {
  task: string
  env: Env
  volumes: readonly string[]
}

/** Reads a list of actions. @returns those that could be read; what is wrong with the others is told */
export function readActions(list: Field | undefined, inherited: Inherited, dialect: Dialect, limits: Limits): Step[] {
  const steps: Step[] = []
  const names = new Set<string>()
  for (const field of list?.items(limits.actions) ?? []) {
    const step = readAction(field, inherited, dialect, limits)
    if (!step) continue
    const others = [...step.onFailure, ...step.onTimeout]
    for (const { name, where } of [step, ...others]) {
      if (names.has(name)) field.mistake(`Two actions of the task have the name ${name}`, nameless(where.action!))
      names.add(name)
    }
    steps.push(step)
  }
  return steps
}

const nameless = ({ line }: Spot) => `Give the one in line ${line} another name.`

function readAction(field: Field, inherited: Inherited, dialect: Dialect, limits: Limits): Step | null {
  const fields = field.fields(dialect.known)
  if (!fields) return null
  const name = readName(fields.get('name'), field)
  const image = fields.get('image')
  const action = readImage(image, field)
  const own = readEnv(fields.get(dialect.env), limits)
  const env = new Map([...inherited.env, ...own])
  const command = readCommand(fields, dialect, limits)
  const namespaces = fields.get('namespaces')?.fields({ read: ['network', 'pid'], unknown: dialect.known.unknown })
  const follows = (key: string) => readFollowing(fields.get(key), inherited, dialect, limits)
  // all of it is read before it is left out: what is wrong is told at once
  const rest = {
    task: inherited.task,
    image: image?.text() ?? '',
    command: command.words,
    env: Object.fromEntries([...env].map(([key, { value }]) => [key, value])),
    volumes: [...new Set([...inherited.volumes, ...readWords(fields.get('volumes'), limits)])],
    pid: (namespaces?.get('pid') ?? fields.get('pid'))?.word() ?? '',
    network: (namespaces?.get('network') ?? fields.get('network'))?.word() ?? '',
    timeout: fields.get(dialect.timeout)?.number(MOST_SECONDS.action) ?? null,
    retries: fields.get('retries')?.number(MOST_RETRIES) ?? 0,
    backoff: fields.get('backoff')?.number(MOST_SECONDS.backoff) ?? 0,
    background: fields.get('background')?.truth() ?? false,
    runs: readCondition(fields.get(dialect.condition)),
    onFailure: follows('on-failure'),
    onTimeout: follows('on-timeout'),
    where: Object.fromEntries([
      ['action', field.spot],
      ['image', image?.spot ?? field.spot],
      ...(command.spot ? [['command', command.spot] as const] : []),
      ...[...env].map(([key, { spot }]) => [`env.${key}`, spot] as const),
    ]),
  }
  return name === null || action === null ? null : { ...rest, name, action }
}

/** A name as Tinkerbell takes it: 1 to 199 characters. Null, and told, else. */
export function readName(field: Field | undefined, of: Field): string | null {
  const name = field?.word()
  if (name === null) return null
  if (name === undefined || name === '') return (field ?? of).mistake('A name is missing', 'Write `name: …`.')
  if (name.length <= MOST_NAME) return name
  return field!.mistake(`The name is longer than ${MOST_NAME} characters`, 'Write a shorter one.')
}

function readImage(field: Field | undefined, of: Field) {
  const image = field?.word()
  if (image === null) return null
  if (image === undefined || image === '')
    return (field ?? of).mistake('The image is missing', 'Write `image: …`, the image of the action.')
  const action = actionOf(image)
  if (action) return action
  return imageName(image) === null
    ? field!.mistake(`${quoted(image)} is no reference of an image`, 'Write registry/name:tag, the name in lower case.')
    : field!.mistake(
        `${quoted(image)} is none of the actions that eims does itself, and it runs no images`,
        `Take one of ${actionNames.join(', ')}.`,
      )
}

/** Variables by their names: what is empty is an empty text. */
export function readEnv(field: Field | undefined, limits: Limits): Env {
  const env = new Map<string, { value: string; spot: Spot }>()
  const fields = field?.fields()
  if (!field || !fields) return env
  if (fields.size > limits.variables)
    field.mistake(`${fields.size} variables, at most ${limits.variables} can be`, 'Take some out.')
  for (const [name, variable] of fields) {
    const value = variable.text()
    if (value === null) continue
    if (/[=\s\0]/.test(name))
      variable.mistake(`${quoted(name)} is no name of a variable`, 'Write letters, digits and _.')
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 1
    if (bytes > limits.variable)
      variable.mistake(`${name} has ${bytes} bytes, at most ${limits.variable} can be`, 'Write less, or compress it.')
    if (value !== '' && variable.isEmpty)
      variable.warning(`${name} is the text ${value} here, and empty to Tinkerbell`, 'Write "" if it is to be empty.')
    env.set(name, { value, spot: variable.spot })
  }
  return env
}

/** A list of text. */
export function readWords(field: Field | undefined, limits: Limits): string[] {
  return field?.items(limits.words)?.flatMap((item) => item.text() ?? []) ?? []
}

function readCommand(fields: Map<string, Field>, dialect: Dialect, limits: Limits) {
  const [command, args] = [fields.get('command'), fields.get('args')]
  const spot = (command ?? args)?.spot
  if (dialect.condition === 'when') return { spot, words: readWords(command, limits) }
  const program = command?.word() ?? ''
  if (program !== '' && !/^(?:\/[^/ ]*)+$/.test(program))
    command!.mistake('command must be the path of one program', 'Write its absolute path, and its words into args.')
  return { spot, words: [...(program === '' ? [] : [program]), ...readWords(args, limits)] }
}

/** Nothing and `true` run; `false` and, as in v1alpha2, any other text does not. */
function readCondition(field: Field | undefined): boolean {
  const text = field?.word()?.trim().toLowerCase() ?? ''
  if (text === '' || text === 'true') return true
  if (text !== 'false')
    field!.warning(`${quoted(text)} is neither true nor false, so the action does not run`, 'Let it come out as one.')
  return false
}

/** What follows a failure: actions, which have none after them. */
function readFollowing(field: Field | undefined, inherited: Inherited, dialect: Dialect, limits: Limits): Step[] {
  const items = field?.items(limits.actions) ?? []
  // published templates hold commands there, which no version of Tinkerbell has run
  if (items.length > 0 && items.every(({ isText }) => isText)) {
    field!.warning('These words are not run, by Tinkerbell neither', 'Write actions there: name, image, environment.')
    return []
  }
  const read = dialect.known.read.filter((key) => !key.startsWith('on-'))
  return readActions(field, inherited, { ...dialect, known: { ...dialect.known, read } }, limits)
}
