import { counted, type PlacedNote, type RenderedWorkflow, type WantedImage } from '@eims/contracts'
import { harmless } from './harmless.ts'
import type { Screen } from './screen.ts'
import { clip, width } from './text-width.ts'
import { wrap } from './wrap.ts'

type Planned = RenderedWorkflow['workflows'][number]
type StandIns = RenderedWorkflow['standIns']
/** Characters of a value where nothing says how wide a line may be, and those that always stay. */
const MOST_SHOWN = 300
const LEAST_SHOWN = 24

/** PURE: mistakes or warnings as compilers write them: `FILE:LINE:COLUMN path: sentence`, the remedy below. */
export const notesText = (file: string, notes: readonly PlacedNote[]): string[] =>
  notes.flatMap(({ line, column, path, sentence, remedy }) => [
    `${file}:${line}:${column}${path ? ` ${path}` : ''}: ${sentence}`,
    `    ${remedy}`,
  ])

/** PURE: lines as they are printed; what would be an order to the terminal is written out. Templates are other people's. */
export const linesOf = (lines: readonly string[]): string => lines.map((line) => `${harmless(line)}\n`).join('')

/** PURE: a sentence in lines that fit a terminal, those below the first one as far in as `first`. */
export const folded = (text: string, { columns }: Screen, first = ''): string[] =>
  columns === null ? [`${first}${text}`] : wrap(text, columns, first).trimEnd().split('\n')

/** PURE: the plan of one machine for people: each step with its arguments, where they come from, and what it takes. */
export function planText(
  { node, disk, workflows, standIns, warnings }: RenderedWorkflow,
  file: string,
  screen: Screen,
): string {
  const machine = node === null ? 'a machine that is made up' : `node ${node}`
  const parts = workflows.map((plan) => [
    `Workflow ${plan.name} on ${machine}: ${counted(plan.actions.length, 'action')}`,
    ...(plan.disabled === null ? [] : [`It must not run: ${plan.disabled}`]),
    ...folded(
      disk
        ? `${JSON.stringify(disk.rule)}, as the ${disk.of} says${plan.disk === null ? '' : ` (the template: ${plan.disk})`}`
        : plan.disk === null
          ? 'the only one that will do, or as the node or its profile says'
          : `${plan.disk}, unless the node or its profile names another`,
      screen,
      'Disk: ',
    ),
    ...folded(
      `${plan.report}, ${plan.reportWhy}${plan.report === 'none' ? '; its runs end with the OS written (PROVISIONED)' : ''}`,
      screen,
      'Report: ',
    ),
    '',
    ...plan.actions.flatMap((action, index) => actionLines(action, index, plan, { standIns, screen })),
    ...(plan.images.length > 0 ? ['Images', ...plan.images.flatMap((each) => imageLines(each, standIns)), ''] : []),
  ])
  const stands = standIns.flatMap(({ path, value, why }) =>
    folded(`${path} is ${shortened(value)}: ${why}`, screen, '  '),
  )
  const told = notesText(file, warnings).map((line) => `  ${line}`)
  const lines = [
    ...parts.flat(),
    ...(stands.length > 0 ? ['Stand-ins', ...stands, ''] : []),
    ...(told.length > 0 ? ['Left out, and not as it looks', ...told, ''] : []),
  ]
  return linesOf(lines).replace(/\n*$/, '\n')
}

function actionLines(
  { id, name, uses, with: said, env, timeout, retries = 0, within = 0, after }: Planned['actions'][number],
  index: number,
  { sources }: Planned,
  { standIns, screen }: { standIns: StandIns; screen: Screen },
): string[] {
  const builtin = uses.kind === 'builtin' ? uses.builtin : uses.image
  const from = (path: string) => {
    const at = sources[path] ?? sources[id]
    return at ? `line ${at.line}` : 'eims'
  }
  const value = (label: string, of: unknown, path: string) => {
    const text = typeof of === 'string' ? quoted(of) : JSON.stringify(of)
    const first = `     ${label}: `
    const last = `  (${[from(path), ...usedIn(text, standIns).map((used) => `${used.path} is a stand-in`)].join(', ')})`
    const room = screen.columns === null ? null : screen.columns - width(first) - width(last)
    return `${first}${room === null ? shortened(text) : clip(text, Math.max(LEAST_SHOWN, room))}${last}`
  }
  const limit = timeout === 0 ? 'no time limit' : `${timeout} s`
  const tries = retries === 0 ? '' : `, up to ${retries + 1} attempts${within > 0 ? ` within ${within} s` : ''}`
  const only = after ? `, only after the ${after.on} of ${after.action}` : ''
  return [
    `${String(index + 1).padStart(3)}. ${name}${name === builtin ? '' : ` [${builtin}]`}  (${from(id)}, ${limit}${tries}${only})`,
    ...Object.entries(said).flatMap(([key, of]) => (isSaid(of) ? [value(key, of, `${id}.${key}`)] : [])),
    ...Object.entries(env).map(([key, of]) => value(`$${key}`, of, id)),
    '',
  ]
}

/** What a template leaves open needs no line. */
const isSaid = (of: unknown) => of !== null && !(Array.isArray(of) && of.length === 0)

/** The stand-ins of a text; of one that holds another, only itself. */
function usedIn(text: string, standIns: StandIns): StandIns {
  const used = standIns.filter(({ value }) => value !== '' && text.includes(value))
  return used.filter(({ value }) => !used.some((other) => other.value !== value && other.value.includes(value)))
}

/** PURE: whether an image that is taken is in the store, and what adds it; one that only stands for another needs nothing. */
export function imageLines({ url, image, why, remedy }: WantedImage, standIns: StandIns): string[] {
  const standIn = standIns.find(({ path, value }) => path === '.image.url' && url === value)
  if (standIn) return [`  ${url} (a stand-in)`, `    ${standIn.why}`]
  if (image !== null) return [`  ${url}: image ${image}`]
  return [`  ${url}: ${why}`, ...(remedy ? [`    ${remedy}`] : [])]
}

const quoted = (text: string) => (/[\n"]|^\s|\s$|^$/.test(text) ? JSON.stringify(text) : text)

const shortened = (text: string) =>
  text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}… (${counted(text.length, 'character')})` : text
