import {
  type CallInput,
  type CallReply,
  createClient,
  PAGE_HEADER,
  ProblemError,
  type RouteName,
} from '@eims/contracts'
import { QueryClient } from '@tanstack/react-query'

/** A change by a cookie carries this header, which pages of other origins cannot send. */
const fromOurPage: typeof fetch = (url, init) =>
  fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), [PAGE_HEADER]: '1' } })

/** The server that this page came from, by the one table of routes; the cookie goes with each request by itself. */
export const server = createClient({ baseUrl: location.origin, fetch: fromOurPage })

/** What was read, and the ETag by which a change of it says what it was made of. */
export interface Tagged<T> {
  value: T
  tag: string
}

/**
 * Reads one thing that is to be changed: `tag` goes into the change's If-Match, so that nobody's change is written over.
 * @param extra makes it a change itself, whose reply has the next tag
 */
export async function readTagged<N extends RouteName>(
  name: N,
  input: CallInput<N>,
  extra: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Tagged<CallReply<N>>> {
  let tag = ''
  const onResponse = ({ headers }: Response) => {
    tag = headers.get('etag') ?? ''
  }
  const asked = createClient({ baseUrl: location.origin, fetch: fromOurPage, onResponse })
  const value = await asked(name, input, extra)
  return { value, tag }
}

/** The header of a change to what was read with that tag. */
export const unchangedSince = (tag: string) => ({ headers: { 'if-match': tag } })

/** Whether asking again may help: a problem document is an answer, but for a server that is busy or has no database. */
const mayPass = (error: unknown) =>
  !(error instanceof ProblemError) || ['busy', 'database-down', 'internal'].includes(error.code)

/** Whatever was read of the server. It is kept up to date by its events (live.ts), so nothing is asked for again by itself. */
export const readings = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      refetchOnReconnect: true,
      retry: (failures, error) => failures < 2 && mayPass(error),
      // What is wrong now may be mended in a while, and nobody should have to press a key for that.
      refetchInterval: ({ state }) => (state.status === 'error' && mayPass(state.error) ? 5000 : false),
    },
  },
})

/**
 * Names of what is read. What an event's kind begins with (`profile.changed`) names what is read anew by it (live.ts), so a
 * list of profiles is `['profile', …]`.
 */
export const reading = {
  session: ['session'] as const,
  overview: ['overview'] as const,
  batches: ['batch'] as const,
  nodes: ['nodes'] as const,
  /** lists of nodes in pages, of which single rows are read anew */
  lists: ['nodes', 'list'] as const,
  eachNode: ['node'] as const,
  node: (id: string) => ['node', id] as const,
  why: ['why'] as const,
  imports: ['import'] as const,
  profiles: ['profile'] as const,
  addons: ['addon'] as const,
  workflows: ['workflow'] as const,
  accounts: ['account'] as const,
  secrets: ['secret'] as const,
  images: ['image'] as const,
  keys: ['key'] as const,
  webhooks: ['webhook'] as const,
  audit: ['audit'] as const,
  site: ['site'] as const,
}
