import { ProblemError } from '@eims/contracts'

/** What a list call gets: at most `pageSize` items behind the one that `pageToken` marks. */
export interface Page {
  pageSize: number
  pageToken?: string | undefined
}

export interface Listed<T> {
  items: T[]
  /** null on the last page */
  nextPageToken: string | null
}

/** The key after which the page begins; undefined for the first page. */
export function pageKey(page: Page): string | undefined {
  if (page.pageToken === undefined || page.pageToken === '') return undefined
  const key = Buffer.from(page.pageToken, 'base64url').toString('utf8')
  if (!/^[\x21-\x7e]{1,128}$/.test(key)) {
    const message = 'is not a token that a list call has given'
    throw new ProblemError('invalid-input', `query.pageToken ${message}.`, [{ path: 'query.pageToken', message }])
  }
  return key
}

/** Turns `pageSize + 1` rows, if there are so many, into a page and the token of the next. */
export function toPage<Row, T>(rows: Row[], page: Page, keyOf: (row: Row) => string, item: (row: Row) => T): Listed<T> {
  const shown = rows.slice(0, page.pageSize)
  const last = rows.length > page.pageSize ? shown.at(-1) : undefined
  return {
    items: shown.map(item),
    nextPageToken: last === undefined ? null : Buffer.from(keyOf(last)).toString('base64url'),
  }
}
