import { createHash } from 'node:crypto'
import { ProblemError } from '@eims/contracts'

/** What a list call gets: at most `pageSize` items behind the one that `pageToken` marks. */
export interface Page {
  pageSize: number
  pageToken?: string | undefined
  /** see filter/parse.ts */
  filter?: string | undefined
  /** fields of the list, separated by commas, each perhaps with `desc` (AIP-132) */
  orderBy?: string | undefined
}

export interface Listed<T> {
  items: T[]
  /** null on the last page */
  nextPageToken: string | null
  /** how many the filter lets through, on all pages */
  total: number
}

/** What a token stands for: the values of the order's columns, as text, in the last row of the page before. */
type PageKey = string[]

const TOKEN_VERSION = '1'

/** Of everything that must stay the same from page to page. */
const markOf = (same: string) => createHash('sha256').update(same).digest('base64url').slice(0, 12)

/** @param same the list, its order and its filter, as text: a token of one is none of another */
export function tokenOf(key: PageKey, same: string): string {
  return Buffer.from(JSON.stringify([TOKEN_VERSION, markOf(same), ...key])).toString('base64url')
}

/**
 * The key after which the page begins; undefined for the first page.
 * @param fits whether a value can be one of that column at all
 * @throws ProblemError invalid-input for what no list call has given, and for a token of another list, order or filter
 */
export function keyOfToken(
  token: string | undefined,
  same: string,
  fits: readonly ((value: string) => boolean)[],
): PageKey | undefined {
  if (token === undefined || token === '') return undefined
  const [version, mark, ...key] = partsOf(token)
  if (version !== TOKEN_VERSION || typeof mark !== 'string' || !key.every((value) => typeof value === 'string'))
    throw refuse('is not a token that a list call has given')
  if (mark !== markOf(same)) throw refuse('belongs to another list, orderBy or filter; begin again without a token')
  if (key.length !== fits.length || !key.every((value, index) => fits[index]!(value)))
    throw refuse('is not a token that a list call has given')
  return key
}

function partsOf(token: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}

function refuse(message: string): ProblemError {
  return new ProblemError('invalid-input', `query.pageToken ${message}.`, [{ path: 'query.pageToken', message }])
}
