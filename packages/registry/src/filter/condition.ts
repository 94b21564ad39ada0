import { Prisma } from '../generated/client.ts'
import type { Field, Fields } from './fields.ts'
import { type Comparator, type Filter, FilterError, type Value } from './tree.ts'

type Compare = Extract<Filter, { kind: 'compare' }>

/**
 * PURE: a filter's tree as a condition in SQL. Values become parameters; fields come out of `fields` and nowhere else.
 * The condition is never null: a row without the value is one for which the comparison does not hold.
 * @throws FilterError for an unknown field, and a value or comparison that does not suit it
 */
export function conditionOf(filter: Filter, fields: Fields): Prisma.Sql {
  if (filter.kind === 'compare') return comparison(filter, fields)
  if (filter.kind === 'not') return Prisma.sql`(${conditionOf(filter.part, fields)}) is not true`
  const parts =
    filter.kind === 'and' ? filter.parts.map((part) => conditionOf(part, fields)) : alternatives(filter.parts, fields)
  return Prisma.sql`(${Prisma.join(parts, filter.kind === 'and' ? ' and ' : ' or ')})`
}

/** Those by ids at once: two of them would be asked of each row. */
function alternatives(parts: readonly Filter[], fields: Fields): Prisma.Sql[] {
  const selects = parts.map((part) => (part.kind === 'compare' ? idsOfPart(part, fields) : null))
  const united = selects.filter((select) => select !== null)
  const rest = parts.filter((_, index) => selects[index] === null).map((part) => conditionOf(part, fields))
  return united.length === 0 ? rest : [...rest, amongIds(united, fields)]
}

const amongIds = (selects: Prisma.Sql[], { rowId }: Fields) =>
  Prisma.sql`${rowId!} in (${Prisma.join(selects, ' union all ')})`

/** A select of the ids of the rows, where the comparison is one of a part, and the field has one for that. */
function idsOfPart(compare: Compare, fields: Fields): Prisma.Sql | null {
  const field = fieldOf(compare, fields)
  const like = field.kind === 'text' && field.idsOfPart && fields.rowId ? likeOf(compare, field) : null
  return like === null ? null : field.idsOfPart!(like)
}

/** What LIKE takes for it; null: the comparison is one of whole values. */
function likeOf({ comparator, value }: Compare, { normal }: Field): string | null {
  const pattern = (before: string, part: string, after: string) =>
    `${before}${escaped(normal ? normal.part(part) : part)}${after}`
  if (value.text === '*' && !value.quoted) return null
  if (comparator === ':') return pattern('%', value.text, '%')
  if (comparator !== '=') return null
  const from = !value.quoted && value.text.startsWith('*')
  const to = !value.quoted && value.text.length > 1 && value.text.endsWith('*')
  const inner = value.text.slice(from ? 1 : 0, to ? -1 : undefined)
  if (!value.quoted && inner.includes('*'))
    throw new FilterError(value.column, '* stands only at the beginning or the end; one that is meant is "quoted"')
  return from || to ? pattern(from ? '%' : '', inner, to ? '%' : '') : null
}

function comparison(compare: Compare, fields: Fields): Prisma.Sql {
  const { comparator, value } = compare
  const field = fieldOf(compare, fields)
  if (comparator === '!=') return Prisma.sql`(${comparison({ ...compare, comparator: '=' }, fields)}) is not true`
  if ((comparator === ':' || comparator === '=') && value.text === '*' && !value.quoted) return isThere(field)
  if (comparator === '=' && value.text === '') return Prisma.sql`(${isThere(field)}) is not true`
  const ids = idsOfPart(compare, fields)
  return ids ? amongIds([ids], fields) : conditions[field.kind](compare, field)
}

/** `field:*`, and the contrary of `field = ""`. */
const isThere = ({ kind, where }: Field) =>
  where((column) => (kind === 'text' ? Prisma.sql`${column} <> ''` : Prisma.sql`${column} is not null`))

function fieldOf({ field: name, column }: Compare, { fields, keyed = {} }: Fields): Field {
  if (Object.hasOwn(fields, name)) return fields[name]!
  const dot = name.indexOf('.')
  const map = dot === -1 ? '' : name.slice(0, dot)
  if (Object.hasOwn(keyed, map)) return keyed[map]!(name.slice(dot + 1))
  if (Object.hasOwn(keyed, name)) throw new FilterError(column, `"${name}" needs a key, such as ${name}.rack`)
  const known = [...Object.keys(fields), ...Object.keys(keyed).map((each) => `${each}.KEY`)].join(', ')
  throw new FilterError(column, `there is no field "${name}"; there are ${known}`)
}

const conditions: Record<Field['kind'], (compare: Compare, field: Field) => Prisma.Sql> = {
  text(compare, field) {
    const { value } = compare
    only(compare, ['=', ':'], 'a text is compared with = != and :')
    const { normal } = field
    const like = likeOf(compare, field)
    // ILIKE brings each row into lower case first, which takes longer than the comparison.
    const sign = Prisma.raw(normal ? 'like' : 'ilike')
    if (like !== null) return field.where((column) => Prisma.sql`${column} ${sign} ${like}`)
    if (normal) {
      const wanted = normal.whole(value.text)
      if (wanted === undefined) throw new FilterError(value.column, normal.fault)
      return field.where((column) => Prisma.sql`${column} = ${wanted}`)
    }
    return field.whole?.(value.text) ?? field.where((column) => Prisma.sql`lower(${column}) = lower(${value.text})`)
  },
  word(compare, field) {
    const { value } = compare
    only(compare, ['=', ':'], 'it is compared with = != and :')
    const { values = [] } = field
    const found = values.find((each) => each.toLowerCase() === value.text.toLowerCase())
    if (found === undefined)
      throw new FilterError(value.column, `"${value.text.slice(0, 40)}" is none of ${values.join(', ')}`)
    return field.where((column) => Prisma.sql`${column} = ${found}`)
  },
  flag(compare, field) {
    only(compare, ['=', ':'], 'it is compared with = and !=')
    const given = compare.value.text.toLowerCase()
    if (given !== 'true' && given !== 'false') throw new FilterError(compare.value.column, 'must be true or false')
    return field.where((column) => Prisma.sql`${column} = ${given === 'true'}`)
  },
  time(compare, field) {
    only(compare, ['=', '<', '<=', '>', '>='], 'a time is compared with = != < <= > and >=')
    const at = timeOf(compare.value)
    return field.where((column) => Prisma.sql`${column} ${Prisma.raw(compare.comparator)} ${at}::timestamptz`)
  },
}

function only({ comparator, field, column }: Compare, allowed: Comparator[], remedy: string): void {
  if (!allowed.includes(comparator))
    throw new FilterError(column, `"${field}" cannot be compared with ${comparator}; ${remedy}`)
}

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/i

function timeOf({ text: given, column }: Value): string {
  const at = TIME.test(given) && isDay(given.slice(0, 10)) ? new Date(given) : undefined
  // PostgreSQL reads no year 0, nor one of five digits as JavaScript writes it.
  if (at === undefined || !(at.getTime() >= FIRST && at.getTime() <= LAST))
    throw new FilterError(column, 'must be a date or time such as 2026-11-20 or 2026-11-20T10:00:00Z')
  return at.toISOString()
}

const FIRST = Date.parse('0001-01-01T00:00:00Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

/** JavaScript takes February 30 for March 2. */
const isDay = (text: string) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)

/** For LIKE, whose escape sign is the backslash. */
const escaped = (given: string) => given.replace(/[\\%_]/g, '\\$&')
