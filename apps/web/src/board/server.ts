import type { Board, PAGE_HEADER, Problem, routes, Session } from '@eims/contracts'

/** Milliseconds that the server has for an answer. */
const PATIENCE = 5000
const PAGE: typeof PAGE_HEADER = 'x-eims-page'
const BOARD: (typeof routes)['getBoard']['path'] = '/api/v1/board'
const SESSION: (typeof routes)['getSession']['path'] = '/api/v1/session'

/** The server's no. */
export class Refused extends Error {
  readonly code: string
  constructor({ code, detail }: Problem) {
    super(detail)
    this.code = code
  }
}

/**
 * It does without the typed client: the schemas of all routes are larger than the rest of this page, which comes from the
 * very server that it asks.
 * @throws Refused, and whatever fetch throws when no answer came
 */
async function ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    cache: 'no-store',
    headers: { [PAGE]: '1', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(PATIENCE),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const reply = text === '' ? null : JSON.parse(text)
  if (!response.ok) throw new Refused(reply as Problem)
  return reply as T
}

export const readBoard = (batches: string): Promise<Board> =>
  ask('GET', batches === '' ? BOARD : `${BOARD}?${new URLSearchParams({ batch: batches })}`)

/** Who is signed in; the cookie is renewed by it. */
export const readSession = (): Promise<Session> => ask('GET', SESSION)
export const signIn = (key: string): Promise<Session> => ask('POST', SESSION, { key })
export const signOut = (): Promise<null> => ask('DELETE', SESSION)

/** Whether the server has another version of this page by now: a screen stays on for weeks. */
export async function isOutOfDate(): Promise<boolean> {
  const mine = document.querySelector<HTMLScriptElement>('script[type="module"]')?.getAttribute('src')
  const response = await fetch(location.pathname, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })
  return response.ok && mine !== null && mine !== undefined && !(await response.text()).includes(mine)
}
