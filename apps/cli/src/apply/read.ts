import { ApplyBatch, ApplyNode, MAX_BULK, NodePatch, nearest, SecretInput, WorkflowInput } from '@eims/contracts'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import type { z } from 'zod'
import { type ReadProfile, readEimProfiles } from '../eim-profile/read.ts'
import type { TextFile } from './files.ts'
import { KubernetesSecret, secretOf } from './secrets.ts'
import { nodeOfHardware, sortOf, type WantedWorkflow, workflowOfTemplate } from './tinkerbell.ts'
import { Misplaced, type Place, type Placed, Values } from './values.ts'

/** What stands in a file of many, and where. */
export interface Found<T> {
  value: T
  placeOf: Placed['placeOf']
}

/** What files ask for. */
export interface Wanted {
  nodes: Found<ApplyNode>[]
  batches: Found<ApplyBatch>[]
  workflows: Found<WantedWorkflow>[]
  secrets: Found<SecretInput>[]
  /** of EIM's own form */
  profiles: ReadProfile[]
  /** a sentence each, which begins with its place; with one of them nothing is to be applied */
  problems: string[]
}

const ApplyWorkflow = WorkflowInput.pick({ name: true, text: true, report: true, note: true, params: true })

type ApplyWorkflow = z.output<typeof ApplyWorkflow>

const kinds = {
  Node: { schema: ApplyNode, fields: Object.keys(NodePatch.shape) },
  Batch: { schema: ApplyBatch, fields: Object.keys(ApplyBatch.shape) },
  Workflow: { schema: ApplyWorkflow, fields: Object.keys(ApplyWorkflow.shape) },
  Secret: { schema: KubernetesSecret, fields: Object.keys(KubernetesSecret.shape) },
} as const
type Kind = keyof typeof kinds
const isKind = (text: unknown): text is Kind => typeof text === 'string' && Object.hasOwn(kinds, text)

/** What other tools call our fields. */
const otherNames: Record<string, string> = {
  labels: 'metadata',
  annotations: 'metadata',
  mac: 'macs',
  hostname: 'name',
  vendor: 'manufacturer',
  model: 'product',
  netboot: 'netbootPolicy',
}
const numbers = new Set(['expected', 'minSize', 'maxSize'])

/** PURE: what the documents of the files ask for, and everything that is wrong in any of them. */
export function readWanted(files: TextFile[]): Wanted {
  const wanted: Wanted = { nodes: [], batches: [], workflows: [], secrets: [], profiles: [], problems: [] }
  const values = new Values((field) => numbers.has(field))
  for (const file of files) readFile(file, values, wanted)
  if (wanted.nodes.length > MAX_BULK)
    wanted.problems.push(
      `${wanted.nodes.length} nodes are more than the ${MAX_BULK} that are taken at once; divide them`,
    )
  return wanted
}

function readFile({ name: file, text }: TextFile, values: Values, wanted: Wanted): void {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false })
  const documents = Array.isArray(parsed) ? parsed : []
  const before = count(wanted)
  for (const document of documents) {
    const { contents, errors } = document
    for (const error of errors) {
      const { line, col } = lines.linePos(error.pos[0])
      wanted.problems.push(`${file}:${line}:${col}: is not valid YAML: ${error.message.split('\n')[0]}`)
    }
    if (errors.length > 0 || contents === null || (isScalar(contents) && !contents.value)) continue
    const entries = isSeq(contents) ? (contents.items as Node[]) : [contents as Node]
    for (const entry of entries)
      try {
        if (isMap(entry) && !isSeq(contents) && (entry.has('appVersion') || entry.has('spec')) && !entry.has('kind'))
          readProfile(
            text.slice(...(document.range.slice(0, 2) as [number, number])),
            placeIn(file, lines, entry),
            wanted,
          )
        else if (isMap(entry) && !isSeq(contents) && sortOf(entry))
          readTinkerbell(
            sortOf(entry)!,
            values.read(entry, document, file, lines),
            sourceOf(document, text, file),
            wanted,
          )
        else readEntry(values.read(entry, document, file, lines), isSeq(contents), wanted)
      } catch (error) {
        if (!(error instanceof Misplaced)) throw error
        wanted.problems.push(`${error.place}: ${error.message}`)
      }
  }
  if (count(wanted) === before) wanted.problems.push(`${file}:1:1: holds nothing to apply; see ./eims apply --help`)
}

const count = (wanted: Wanted) => Object.values(wanted).reduce((sum, each) => sum + each.length, 0)

function placeIn(file: string, lines: LineCounter, { range }: Node): Place {
  const { line, col } = lines.linePos(range?.[0] ?? 0)
  return `${file}:${line}:${col}`
}

function readProfile(text: string, place: Place, wanted: Wanted): void {
  const read = readEimProfiles(text, place)
  wanted.profiles.push(...read.profiles)
  wanted.problems.push(...read.problems)
}

/** A document as it stands in its file, and how many lines are before it. */
function sourceOf({ range }: { range: [number, number, number] }, text: string, file: string) {
  return { file, text: text.slice(range[0], range[1]), before: text.slice(0, range[0]).split('\n').length - 1 }
}

function readTinkerbell(
  sort: NonNullable<ReturnType<typeof sortOf>>,
  { value, placeOf }: Placed,
  { file, text, before }: ReturnType<typeof sourceOf>,
  { nodes, workflows, problems }: Wanted,
): void {
  const note = (path: readonly PropertyKey[], message: string) => problems.push(`${placeOf(path)}: ${message}`)
  if (sort === 'objects') {
    note(['kind'], 'Tasks and Workflows of v1alpha2 belong together; add their file: ./eims workflows add FILE')
  } else if (sort === 'template') {
    const found = workflowOfTemplate(value, text)
    const parsed = ApplyWorkflow.safeParse(found ?? {})
    if (parsed.success) workflows.push({ value: { ...parsed.data, file, before }, placeOf })
    else note(['metadata', 'name'], `metadata.name ${parsed.error.issues[0]?.message}`)
  } else {
    const made = nodeOfHardware(text)
    const parsed = typeof made === 'string' ? made : ApplyNode.safeParse(made)
    if (typeof parsed === 'string') note([], parsed)
    else if (parsed.success) nodes.push({ value: parsed.data, placeOf: placeInHardware(placeOf) })
    else for (const { path, message } of parsed.error.issues) note(inHardware(path), `${path.join('.')} ${message}`)
  }
}

/** Where a Hardware says what a node's field is made of. */
function inHardware([field, index]: readonly PropertyKey[]): PropertyKey[] {
  if (field === 'macs') return ['spec', 'interfaces', ...(index === undefined ? [] : [String(index)])]
  if (field === 'name') return ['spec', 'metadata', 'instance', 'hostname']
  return field === 'disk' ? ['spec', 'disks'] : ['spec']
}

const placeInHardware =
  (placeOf: Placed['placeOf']): Placed['placeOf'] =>
  (path) =>
    placeOf(inHardware(path))

/** @param inList a bare list is one of nodes */
function readEntry({ value, placeOf }: Placed, inList: boolean, wanted: Wanted): void {
  const { nodes, batches, workflows, secrets, problems } = wanted
  const note = (path: readonly PropertyKey[], message: string) => problems.push(`${placeOf(path)}: ${message}`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    note([], 'is no map of fields such as name, serial and profile')
    return
  }
  const { kind = inList ? 'Node' : undefined, ...fields } = value as Record<string, unknown>
  if (!isKind(kind)) {
    const known = 'Node, Batch, Workflow and Secret'
    if (typeof kind !== 'string') note([], `the document says no kind; write kind: Node (known are ${known})`)
    else note(['kind'], `${kind} is no kind; ${meantBy(kind, Object.keys(kinds)) ?? `known are ${known}`}`)
    return
  }
  const { schema, fields: known } = kinds[kind]
  const parsed = schema.safeParse(fields)
  for (const issue of parsed.error?.issues ?? []) tellIssue(issue, kind, known, note)
  if (!parsed.success) return
  if (kind === 'Node') nodes.push({ value: parsed.data as ApplyNode, placeOf })
  else if (kind === 'Batch') batches.push({ value: parsed.data as ApplyBatch, placeOf })
  else if (kind === 'Secret') {
    const secret = SecretInput.safeParse(secretOf(parsed.data as z.output<typeof KubernetesSecret>))
    if (secret.success) secrets.push({ value: secret.data, placeOf })
    for (const { path, message } of secret.error?.issues ?? []) note([], `${path.map(String).join('.')} ${message}`)
  } else {
    const { file, line } = /^(?<file>.*):(?<line>\d+):\d+$/.exec(placeOf(['text']))!.groups as Record<string, string>
    // a block begins on the line below its name
    workflows.push({ value: { ...(parsed.data as ApplyWorkflow), file: file!, before: Number(line) }, placeOf })
  }
}

function tellIssue(
  issue: z.core.$ZodIssue,
  kind: Kind,
  known: string[],
  note: (path: readonly PropertyKey[], message: string) => void,
): void {
  const { path } = issue
  const field = path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    for (const key of issue.keys) {
      const fields = field === '' ? known : ['match', 'prefer', 'minSize', 'maxSize', 'rotation']
      note(
        [...path, key],
        `${key} is no field of ${field || `a ${kind}`}; ${meantBy(key, fields) ?? `there are ${fields.join(', ')}`}`,
      )
    }
  else if (issue.code === 'invalid_value') note(path, `${field} is one of ${issue.values.join(', ')}`)
  else if (issue.code === 'invalid_type') note(path, `${field} must be ${a[issue.expected] ?? issue.expected}`)
  else note(path, `${field} ${issue.message}`.trim())
}

const a: Record<string, string> = {
  string: 'a text',
  number: 'a whole number',
  array: 'a list',
  object: 'a map',
  record: 'a map of texts',
}

function meantBy(word: string, known: string[]): string | null {
  const other = otherNames[word.toLowerCase()]
  const meant = other && known.includes(other) ? other : nearest(word, known)
  return meant ? `did you mean ${meant}?` : null
}
