import type { WorkflowLanguage } from '@eims/contracts'
import { functionNames } from '@eims/template'
import { v1alpha1 } from './action.ts'
import { catalogue, everywhere } from './actions/catalogue.ts'
import type { Contract, Variable } from './actions/contract.ts'
import { TASK, TOP } from './template-document.ts'

const MOST_VALUES = 500
const MOST_SHOWN = 200
/** What a template can write behind a dot. */
const IDENTIFIER = /^[A-Za-z_]\w*$/

/**
 * PURE: what may stand in a template of v1alpha1, the form that people write.
 * @param data what the template sees (`dataOf`)
 */
export const languageOf = (data: Readonly<Record<string, unknown>>): WorkflowLanguage => ({
  keys: {
    file: ['version', ...TOP.read],
    task: [...TASK.read],
    action: [...v1alpha1.known.read],
  },
  actions: Object.entries<Contract>(catalogue).map(([name, { builtin, env }]) => ({
    name,
    builtin,
    environment: Object.entries({ ...env, ...everywhere }).map(variable),
  })),
  functions: [...functionNames],
  values: valuesOf('', data).slice(0, MOST_VALUES),
})

const variable = ([name, { required, among = [], default: otherwise, unused }]: [string, Variable]) => ({
  name,
  required: required === true,
  among: [...among],
  default: otherwise ?? null,
  unused: unused ?? null,
})

/** Lists have no path of their own that reaches into them: `index` does. */
function valuesOf(path: string, value: unknown): { path: string; value: string }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return [{ path, value: text.slice(0, MOST_SHOWN) }]
  }
  const inner = Object.entries(value).filter(([key]) => IDENTIFIER.test(key))
  return inner.flatMap(([key, of]) => valuesOf(`${path}.${key}`, of))
}
