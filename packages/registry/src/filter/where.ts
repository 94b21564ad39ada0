import { ProblemError } from '@eims/contracts'
import { Prisma } from '../generated/client.ts'
import { conditionOf } from './condition.ts'
import type { Fields } from './fields.ts'
import { parseFilter } from './parse.ts'
import { type Filter, FilterError } from './tree.ts'

/**
 * A filter's text as a condition on the rows of a list; an empty one lets everything through.
 * @param path the field of the request that holds it, for the error
 * @throws ProblemError invalid-input naming the column and the remedy
 */
export function filterWhere(text: string | undefined, fields: Fields, path = 'query.filter'): Prisma.Sql {
  try {
    const filter = parseFilter(text ?? '')
    return filter === null ? Prisma.sql`true` : conditionOf(filter, fields)
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    throw new ProblemError('invalid-input', `${path} ${error.message}`, [{ path, message: error.message }])
  }
}

/**
 * What else holds for all that a filter lets through: the conditions that it joins by AND and that do not compare this field.
 * @throws FilterError: for a filter that filterWhere has read
 */
export function restWhere(text: string, field: string, fields: Fields): Prisma.Sql {
  const filter = parseFilter(text)
  const joined = filter?.kind === 'and' ? filter.parts : filter === null ? [] : [filter]
  const rest = joined.filter((part) => !compares(part, field)).map((part) => conditionOf(part, fields))
  return rest.length === 0 ? Prisma.sql`true` : Prisma.sql`(${Prisma.join(rest, ' and ')})`
}

/**
 * Whether a filter compares this field anywhere.
 * @throws FilterError: for a filter that filterWhere has read
 */
export function asksFor(text: string, field: string): boolean {
  const filter = parseFilter(text)
  return filter !== null && compares(filter, field)
}

function compares(filter: Filter, field: string): boolean {
  if (filter.kind === 'compare') return filter.field === field
  return filter.kind === 'not' ? compares(filter.part, field) : filter.parts.some((part) => compares(part, field))
}
