import type { WorkflowLanguage } from '@eims/contracts'
import type { Offers } from '../editor/offers.ts'
import { ITEM, type Place, placeIn } from '../editor/place.ts'

/** Keys that hold keys or lists of their own. */
const OPENS = new Set([
  'tasks',
  'actions',
  'environment',
  'volumes',
  'command',
  'on-failure',
  'on-timeout',
  'namespaces',
])
const ACTIONS = new Set(['actions', 'on-failure', 'on-timeout'])

const key = (name: string, more: { detail?: string; info?: string; boost?: number } = {}) => ({
  label: name,
  apply: OPENS.has(name) ? `${name}:` : `${name}: `,
  type: 'property',
  ...more,
})

/** PURE: what may stand at an offset of a workflow template. */
export function workflowOffers(language: WorkflowLanguage, text: string, offset: number): Offers | null {
  const before = text.slice(0, offset)
  const opened = before.lastIndexOf('{{')
  if (opened >= 0 && !before.slice(opened).includes('}}')) return inTemplate(language, before.slice(opened + 2))
  const place = placeIn(text, offset)
  if (!place) return null
  return place.key === null ? keysAt(language, place) : valuesAt(language, place, place.key)
}

function inTemplate({ values, functions }: WorkflowLanguage, inside: string): Offers | null {
  if (/"[^"]*$/.test(inside.replaceAll(/"[^"]*"/g, ''))) return null
  const typed = /[.\w]*$/.exec(inside)?.[0] ?? ''
  const paths = values.map(({ path, value }) => ({ label: path, detail: value.slice(0, 60), type: 'variable' }))
  const names = functions.map((label) => ({ label, type: 'function' }))
  return { typed, options: typed.startsWith('.') ? paths : [...paths, ...names] }
}

const actionOf = ({ actions }: WorkflowLanguage, image = '') => {
  const last = image
    .replace(/^["']|["']$/g, '')
    .split('/')
    .at(-1)
    ?.replace(/[:@].*$/, '')
  return actions.find(({ name }) => name === last)
}

const isAction = (path: readonly string[]) => path.at(-1) === ITEM && ACTIONS.has(path.at(-2) ?? '')

function keysAt(language: WorkflowLanguage, { path, typed, beside }: Place): Offers | null {
  const { keys } = language
  const there = beside()
  const lacking = (names: readonly string[]) => names.filter((name) => !there.has(name) || name === typed)
  if (path.length === 0) return { typed, options: lacking(keys.file).map((name) => key(name)) }
  if (isAction(path)) return { typed, options: lacking(keys.action).map((name) => key(name)) }
  if (path.join('.') === `tasks.${ITEM}`) return { typed, options: lacking(keys.task).map((name) => key(name)) }
  if (path.at(-1) !== 'environment' || !isAction(path.slice(0, -1))) return null
  const variables = actionOf(language, beside(1).get('image'))?.environment ?? []
  const options = variables
    .filter(({ name, unused }) => unused === null && (!there.has(name) || name === typed))
    .map(({ name, required, among, default: otherwise }) =>
      key(name, {
        ...(required ? { detail: '*', boost: 1 } : {}),
        ...(among.length > 0 ? { info: among.join(' | ') } : otherwise === null ? {} : { info: `= ${otherwise}` }),
      }),
    )
  return { typed, options }
}

function valuesAt(language: WorkflowLanguage, { path, typed, beside }: Place, name: string): Offers | null {
  const eager = (labels: readonly string[]) => ({ typed, isEager: true, options: labels.map((label) => ({ label })) })
  if (name === 'image' && isAction(path))
    return {
      typed: typed.split('/').at(-1) ?? typed,
      isEager: true,
      options: language.actions.map(({ name: label, builtin }) => ({ label, ...(builtin ? { detail: builtin } : {}) })),
    }
  if (name === 'worker') return eager(['"{{.device_1}}"'])
  if (path.at(-1) !== 'environment') return null
  const variable = actionOf(language, beside(1).get('image'))?.environment.find((each) => each.name === name)
  if (!variable) return null
  if (variable.among.length > 0) return eager(variable.among)
  return variable.default === 'false' ? eager(['true', 'false']) : null
}
