import { ProblemError } from '@eims/contracts'
import { Prisma } from '../generated/client.ts'

/** By what a list can be ordered: an expression that is never null, and its type, in which a token's text is read back. */
export interface OrderColumn {
  sql: Prisma.Sql
  type: 'text' | 'bigint' | 'timestamptz' | 'boolean'
}

interface OrderPart extends OrderColumn {
  name: string
  descending: boolean
}

/** So many columns of one order; the id comes on top. */
const MOST_COLUMNS = 4

/**
 * The parts of an `orderBy` text, always ended by the id, which makes the order one that no two rows share.
 * @param fallback for no text at all
 * @throws ProblemError invalid-input naming the field and what there is
 */
export function orderOf(
  text: string | undefined,
  columns: Readonly<Record<string, OrderColumn>>,
  fallback: string,
): OrderPart[] {
  const wanted = text === undefined || text.trim() === '' ? fallback : text
  const parts = wanted.split(',').map((each) => partOf(each.trim(), columns))
  const names = parts.map((part) => part.name)
  if (new Set(names).size !== names.length) throw refuse('names a field twice')
  if (parts.length > MOST_COLUMNS) throw refuse(`names more than ${MOST_COLUMNS} fields`)
  const end = names.indexOf('id')
  if (end !== -1) return parts.slice(0, end + 1)
  return [...parts, { name: 'id', descending: parts.at(-1)!.descending, ...columns.id! }]
}

function partOf(text: string, columns: Readonly<Record<string, OrderColumn>>): OrderPart {
  const [, name = '', direction = 'asc'] = /^([A-Za-z][A-Za-z0-9_.]*)(?:\s+(asc|desc))?$/.exec(text) ?? []
  if (name === '') throw refuse(`holds "${text.slice(0, 40)}"; write fields like: name desc, createdAt`)
  if (!Object.hasOwn(columns, name))
    throw refuse(`names "${name}", by which this list is not ordered; there are ${Object.keys(columns).join(', ')}`)
  return { name, descending: direction === 'desc', ...columns[name]! }
}

function refuse(message: string): ProblemError {
  return new ProblemError('invalid-input', `query.orderBy ${message}.`, [{ path: 'query.orderBy', message }])
}

/** The order as text: what a token is bound to. */
export const orderText = (parts: OrderPart[]) =>
  parts.map(({ name, descending }) => `${name}${descending ? ' desc' : ''}`).join(',')

export const orderSql = (parts: OrderPart[]) =>
  Prisma.join(parts.map(({ sql, descending }) => (descending ? Prisma.sql`${sql} desc` : Prisma.sql`${sql} asc`)))

/**
 * The rows behind a key. With one direction throughout it is a comparison of rows, which an index of the order serves
 * from its middle; with mixed ones the first column at least bounds the search.
 */
export function behind(parts: OrderPart[], key: string[]): Prisma.Sql {
  const given = parts.map(({ type }, index) => Prisma.sql`${key[index]!}::${Prisma.raw(type)}`)
  const columns = parts.map(({ sql }) => sql)
  const sign = (descending: boolean) => Prisma.raw(descending ? '<' : '>')
  if (parts.every(({ descending }) => descending === parts[0]!.descending))
    return Prisma.sql`(${Prisma.join(columns)}) ${sign(parts[0]!.descending)} (${Prisma.join(given)})`
  const steps = parts.map(({ descending }, last) => {
    const same = columns.slice(0, last).map((column, index) => Prisma.sql`${column} = ${given[index]!}`)
    return Prisma.sql`(${Prisma.join([...same, Prisma.sql`${columns[last]!} ${sign(descending)} ${given[last]!}`], ' and ')})`
  })
  return Prisma.sql`(${columns[0]!} ${sign(parts[0]!.descending)}= ${given[0]!} and (${Prisma.join(steps, ' or ')}))`
}

const TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?\+00$/

/** Whether a token's text can be read back as that type; without this PostgreSQL would fail on a forged one. */
export const fitsType: Record<OrderColumn['type'], (value: string) => boolean> = {
  text: (value) => !value.includes('\0'),
  bigint: (value) => /^\d{1,18}$/.test(value),
  timestamptz: (value) => value === '-infinity' || (TIME.test(value) && isTime(value.slice(0, 19).replace(' ', 'T'))),
  boolean: (value) => value === 'true' || value === 'false',
}

/** The calendar has it: 31 February is read as 3 March here, and not at all by PostgreSQL. */
function isTime(seconds: string): boolean {
  const at = new Date(`${seconds}Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(seconds)
}
