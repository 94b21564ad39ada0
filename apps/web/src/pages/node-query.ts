import { Standing, standingFilter } from '@eims/contracts'

/** What a list of nodes is narrowed to, as it stands in the page's address. */
export interface NodeSearch {
  text: string
  state: Standing | 'all'
  batch: string
  orderBy: string
}

/** What the list can be ordered by, of what the server orders by. */
export const ORDERS = ['name', 'product', 'profile', 'batch', 'lastSeenAt', 'createdAt'] as const
type Order = (typeof ORDERS)[number]

/** PURE: out of an address's query; what is not known there counts as not said. */
export function searchOf(query: string): NodeSearch {
  const given = new URLSearchParams(query)
  const state = Standing.safeParse(given.get('state'))
  const [field, direction] = (given.get('orderBy') ?? '').split(' ')
  const isOrder = ORDERS.includes(field as Order) && (direction === undefined || direction === 'desc')
  return {
    text: given.get('q') ?? '',
    state: state.success ? state.data : 'all',
    batch: given.get('batch') ?? '',
    orderBy: isOrder ? given.get('orderBy')! : '',
  }
}

/** PURE: the address's query for it, without what is as usual. */
export function queryOf({ text, state, batch, orderBy }: NodeSearch): string {
  const said = { q: text, state: state === 'all' ? '' : state, batch, orderBy }
  return new URLSearchParams(Object.entries(said).filter(([, value]) => value !== '')).toString()
}

/** A comparison, a word of the language of filters, or parentheses: whoever writes these means a filter. */
const FILTER = /[=<>:()]|\b(AND|OR|NOT)\b/
export const isFilter = (text: string): boolean => FILTER.test(text)

/** Part of a MAC, as it is typed. */
const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){0,5}[:-]?[0-9a-f]?$/i

/** What can stand in a MAC; asking for others in MACs would only take time. */
const IN_MAC = /^[0-9a-f:.-]+$/i

/** PURE: a text as a filter's language takes it. */
export const quoted = (text: string) => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`

/**
 * PURE: the filter that the server is asked with. What is typed is looked for in names, serials and MACs, unless it is a
 * filter itself.
 */
export function filterOf({ text, state, batch }: NodeSearch): string {
  const typed = text.trim()
  const meansFilter = isFilter(typed) && !MAC.test(typed)
  const fields = IN_MAC.test(typed) ? ['name', 'serial', 'mac'] : ['name', 'serial']
  const parts = [
    ...(typed === '' ? [] : [meansFilter ? typed : fields.map((field) => `${field}:${quoted(typed)}`).join(' OR ')]),
    ...(state === 'all' ? [] : [standingFilter[state]]),
    ...(batch === '' ? [] : [`batch = ${quoted(batch)}`]),
  ]
  return parts.length === 1 ? parts[0]! : parts.map((part) => `(${part})`).join(' AND ')
}

/**
 * PURE: milliseconds without a key before the server is asked. From three signs on an index finds what is looked for; for
 * fewer it reads all there is, and who types one or two mostly goes on.
 */
export function pauseAfter(typed: string): number {
  const { length } = typed.trim()
  return length === 1 || length === 2 ? 250 : 50
}

/** PURE: the order by that column; by the same again in the other direction. */
export const orderAfter = (before: string, column: Order): string =>
  before === column ? `${column} desc` : before === `${column} desc` ? '' : column
