import { z } from 'zod'
import { type NodeSearch, queryOf } from './node-query.ts'

/** How somebody looks at the list: what the address says, and the columns. */
const View = z.object({
  name: z.string().trim().min(1).max(40),
  /** of the page's address */
  query: z.string().max(2500),
  /** names of columns, with commas between */
  columns: z.string().max(200),
})
export type View = z.infer<typeof View>

/** So many are kept. */
export const MOST_VIEWS = 30
export const LONGEST_NAME = 40

const Kept = z.array(View).max(MOST_VIEWS)

/** PURE: out of what the browser keeps; what cannot be read counts as none. */
export function viewsOf(text: string): View[] {
  try {
    return Kept.parse(JSON.parse(text))
  } catch {
    return []
  }
}

/** PURE: with one more, in the place of one of its name; null: there are too many. */
export function withView(views: readonly View[], view: View): View[] | null {
  const others = views.filter(({ name }) => name !== view.name)
  if (others.length >= MOST_VIEWS) return null
  return [...others, view].sort((a, b) => a.name.localeCompare(b.name))
}

const search = (change: Partial<NodeSearch>): string =>
  queryOf({ text: '', state: 'all', batch: '', orderBy: '', ...change })

/** PURE: what every hall looks for, by name: the address's query for each. `now`: of the person who looks. */
export function readyViews(now: Date): readonly (readonly [ReadyName, string])[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString()
  return [
    ['failedToday', search({ text: `run.endedAt >= ${midnight}`, state: 'failed', orderBy: 'lastSeenAt desc' })],
    ['waitingLongest', search({ state: 'waiting', orderBy: 'createdAt' })],
    ['unknown', search({ state: 'unknown', orderBy: 'lastSeenAt desc' })],
    ['noProfile', search({ text: 'NOT profile:*', state: 'waiting', orderBy: 'createdAt' })],
  ]
}
export type ReadyName = 'failedToday' | 'waitingLongest' | 'unknown' | 'noProfile'
