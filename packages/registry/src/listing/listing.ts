import type { Db } from '../database/database.ts'
import type { Fields } from '../filter/fields.ts'
import { filterWhere } from '../filter/where.ts'
import { Prisma } from '../generated/client.ts'
import { behind, fitsType, type OrderColumn, orderOf, orderSql, orderText } from './order.ts'
import { keyOfToken, type Listed, type Page, tokenOf } from './paging.ts'

/** What there is to list. */
export interface Listing extends Fields {
  name: string
  /** a table and the name that the rest calls it by */
  from: Prisma.Sql
  /** what every order ends with, as no two rows share it, where it is none of the fields */
  id?: OrderColumn
  /** the order when none is asked for */
  order: string
}

/** The rows of one page by their ids, in order. */
interface PageOfIds {
  ids: string[]
  nextPageToken: string | null
  total: number
}

/**
 * One page of a list by keyset: the page begins behind a row, not after so many, so the thousandth costs what the first
 * one costs, and rows that come or go meanwhile make none appear twice or be left out.
 * @param scope a condition that is not the caller's to choose
 * @throws ProblemError invalid-input for a filter, order or token that cannot be used
 */
export function listIds(db: Db, listing: Listing, page: Page, scope = Prisma.sql`true`): Promise<PageOfIds> {
  return listWith(db, listing, page, async () => ({}), scope)
}

/**
 * The same, with what `read` tells of the ids: it is asked while the rows are still being counted, which among many
 * takes longer than the page.
 */
export async function listWith<T extends object>(
  db: Db,
  listing: Listing,
  page: Page,
  read: (ids: string[]) => Promise<T>,
  scope = Prisma.sql`true`,
): Promise<PageOfIds & T> {
  const { name, from } = listing
  const columns = columnsOf(listing)
  const where = Prisma.sql`${scope} and ${filterWhere(page.filter, listing)}`
  const order = orderOf(page.orderBy, columns, listing.order)
  const same = JSON.stringify([name, orderText(order), page.filter?.trim() ?? ''])
  const types = order.map(({ type }) => fitsType[type])
  const key = keyOfToken(page.pageToken, same, types)
  const values = Prisma.join(order.map(({ sql }) => Prisma.sql`(${sql})::text`))
  const readPage = async () => {
    const rows = await db.$queryRaw<{ id: string; key: string[] }[]>`
      select (${columns.id!.sql})::text as id, array[${values}] as key from ${from}
       where ${where} ${key ? Prisma.sql`and ${behind(order, key)}` : Prisma.empty}
       order by ${orderSql(order)} limit ${page.pageSize + 1}::bigint`
    const shown = rows.slice(0, page.pageSize)
    const last = rows.length > page.pageSize ? shown.at(-1) : undefined
    const ids = shown.map((row) => row.id)
    return { ids, nextPageToken: last ? tokenOf(last.key, same) : null, ...(await read(ids)) }
  }
  const [found, counted] = await Promise.all([
    readPage(),
    db.$queryRaw<{ total: bigint }[]>`select count(*) as total from ${from} where ${where}`,
  ])
  return { ...found, total: Number(counted[0]!.total) }
}

/** What `orderBy` may name. */
const columnsOf = ({ id, fields }: Listing): Record<string, OrderColumn> => ({
  ...(id && { id }),
  ...Object.fromEntries(Object.entries(fields).flatMap(([name, { order }]) => (order ? [[name, order]] : []))),
})

/** A page of ids with what they stand for; what was removed meanwhile is left out. */
export function listed<Row, T>(
  page: PageOfIds,
  rows: Row[],
  idOf: (row: Row) => string,
  item: (row: Row) => T,
): Listed<T> {
  const byId = new Map(rows.map((row) => [idOf(row), row]))
  const items = page.ids.flatMap((id) => (byId.has(id) ? [item(byId.get(id)!)] : []))
  return { items, nextPageToken: page.nextPageToken, total: page.total }
}
