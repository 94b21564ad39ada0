import { z } from 'zod'

/** The most characters of a filter: more than a person types, little enough to parse and plan in no time. */
export const MAX_FILTER = 2000
/** The most characters of an order. */
const MAX_ORDER_BY = 200
/** The most characters of a page token. */
const MAX_PAGE_TOKEN = 2048

/** What every list takes: a bounded page, from where the last one ended, of what the filter lets through, in an order. */
export const ListQuery = z.object({
  pageSize: z.coerce.number().int().min(1).max(1000).default(100),
  pageToken: z.string().max(MAX_PAGE_TOKEN).optional(),
  filter: z.string().max(MAX_FILTER).optional(),
  orderBy: z.string().max(MAX_ORDER_BY).optional(),
})
export type ListQuery = z.infer<typeof ListQuery>

/** A page of a list: its items, where the next page begins (null: this is the last), and how many match altogether. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextPageToken: z.string().nullable(), total: z.number().int().min(0) })
