import { z } from 'zod'
import { components, named } from './component.ts'

/** The most characters of a filter: more than a person types, little enough to parse and plan in no time. */
export const MAX_FILTER = 2000
/** The most characters of an order. */
const MAX_ORDER_BY = 200
/** The most characters of a page token. */
const MAX_PAGE_TOKEN = 2048

/** What every list takes: a bounded page, from where the last one ended, of what the filter lets through, in an order. */
export const ListQuery = z.object({
  pageSize: z.coerce.number().int().min(1).max(1000).default(100).describe('The most items of a page'),
  pageToken: z.string().max(MAX_PAGE_TOKEN).optional().describe('`nextPageToken` of the page before'),
  filter: z.string().max(MAX_FILTER).optional().describe('As `batch = lot-7 AND instance.state = FAILED` (AIP-160)'),
  orderBy: z.string().max(MAX_ORDER_BY).optional().describe('As `name desc, createdAt`'),
})
export type ListQuery = z.infer<typeof ListQuery>

/**
 * A page of a list: its items, where the next page begins (null: this is the last), and how many match altogether. In the
 * OpenAPI document it is named for its items: `NodeList`.
 */
export const listOf = <T extends z.ZodType>(item: T) => {
  const page = z.object({ items: z.array(item), nextPageToken: z.string().nullable(), total: z.number().int().min(0) })
  const name = components.get(item)
  if (name) named({ [`${name}List`]: page })
  return page
}
