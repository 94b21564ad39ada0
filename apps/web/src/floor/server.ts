import type { CallReply, PAGE_HEADER, Problem, RouteName, routes } from '@eims/contracts'

/**
 * The routes that the floor calls. It does without the typed client: the schemas of all routes are larger than the rest of
 * this page, and it comes from the server that it asks. The compiler holds it to the contracts' table.
 */
const calls = {
  getSession: 'GET /api/v1/session',
  signIn: 'POST /api/v1/session',
  signOut: 'DELETE /api/v1/session',
  getNode: 'GET /api/v1/nodes/:id',
  listNodes: 'GET /api/v1/nodes',
  listBatches: 'GET /api/v1/batches',
  patchNode: 'PATCH /api/v1/nodes/:id',
  holdNode: 'POST /api/v1/nodes/:id/hold',
  releaseNode: 'POST /api/v1/nodes/:id/release',
  retryNode: 'POST /api/v1/nodes/:id/retry',
  cancelNode: 'POST /api/v1/nodes/:id/cancel',
} as const satisfies { [N in RouteName]?: `${(typeof routes)[N]['method']} ${(typeof routes)[N]['path']}` }
type Called = keyof typeof calls

const PAGE: typeof PAGE_HEADER = 'x-eims-page'
/** Milliseconds after which a call counts as lost. */
const PATIENCE = 5000

/** The server's no, which asking again would not change. */
export class Refused extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}
/** No answer came, or one that says to come again: whether it was done is not known. */
export class Unanswered extends Error {}

/** What says: later. */
const LATER: readonly string[] = ['busy', 'database-down', 'internal', 'idempotency-busy', 'too-many-requests']

interface Asked {
  id?: string
  query?: Record<string, string>
  body?: unknown
  /** Idempotency-Key of a POST */
  key?: string
  /** ETag for If-Match */
  unchangedSince?: string | null
}

/**
 * Calls the server that the page came from.
 * @returns the reply, and its ETag
 * @throws Refused; Unanswered
 */
export async function call<N extends Called>(
  name: N,
  { id = '', query = {}, body, key, unchangedSince }: Asked = {},
): Promise<{ reply: CallReply<N>; etag: string | null }> {
  const [method = '', path = ''] = calls[name].split(' ')
  const url = new URL(path.replace(':id', encodeURIComponent(id)), location.origin)
  url.search = String(new URLSearchParams(query))
  try {
    const response = await fetch(url, {
      method,
      headers: {
        [PAGE]: '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(unchangedSince ? { 'if-match': unchangedSince } : {}),
      },
      signal: AbortSignal.timeout(PATIENCE),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const reply = text === '' ? null : JSON.parse(text)
    if (response.ok) return { reply, etag: response.headers.get('etag') }
    throw new Refused(reply as Problem)
  } catch (error) {
    if (error instanceof Refused && typeof error.problem?.code === 'string' && !LATER.includes(error.problem.code))
      throw error
    throw new Unanswered(String(error))
  }
}

/** Whether the server answers at all; it costs it nothing. */
export const isThere = (): Promise<boolean> =>
  fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) }).then(
    () => true,
    () => false,
  )
