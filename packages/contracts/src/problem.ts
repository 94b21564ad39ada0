import { z } from 'zod'
import { type Reason, readReason, ShownReason } from './reason.ts'
import { say, shown } from './say.ts'

/**
 * The one table of error codes. `docs/errors.md` is kept in step with it by a test.
 * status: the HTTP status; title: what happened; remedy: what the caller can do.
 */
export const problems = {
  'invalid-input': {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Mend the fields named in `fields` and send it again.',
  },
  unauthenticated: { status: 401, title: 'No key, or an unknown one', remedy: 'Send `Authorization: Bearer <key>`.' },
  forbidden: { status: 403, title: 'The key may not do this', remedy: 'Use a key with a higher role.' },
  'foreign-page': {
    status: 403,
    title: 'The request is not by a page of this server',
    remedy: 'Use the dashboard at the address of this server, or send a key instead of the cookie.',
  },
  'not-found': { status: 404, title: 'There is no such thing', remedy: 'Check the name or id in the URL.' },
  'method-not-allowed': {
    status: 405,
    title: 'Not a method of this address',
    remedy: 'Use one of the methods that `Allow` names.',
  },
  'already-exists': {
    status: 409,
    title: 'The name or identifier is taken',
    remedy: 'Change it, or change the one that exists.',
  },
  'in-use': { status: 409, title: 'Something else still needs it', remedy: 'Change what uses it first.' },
  'identity-conflict': {
    status: 409,
    title: 'The identifiers name different nodes',
    remedy: 'Compare the candidates in `detail` with the machine and correct the registry.',
  },
  'wrong-state': {
    status: 409,
    title: 'Not possible in the present state',
    remedy: 'See `detail` for the state and what leads out of it.',
  },
  'stale-report': {
    status: 409,
    title: 'The report is of an attempt that is over',
    remedy: 'Ask for the next action.',
  },
  'double-agent': {
    status: 409,
    title: 'Another agent holds this boot session',
    remedy: 'Boot the machine again; if it recurs, two machines share an identity.',
  },
  'netboot-refused': {
    status: 403,
    title: 'The machine may not boot from the network',
    remedy: 'Let it with `eims nodes set NODE --netboot allowed`.',
  },
  'tls-only': {
    status: 403,
    title: 'Answered over TLS only',
    remedy: 'Use the https:// address with which it was begun.',
  },
  'session-over': {
    status: 401,
    title: 'The session is unknown or over',
    remedy: 'Boot the machine from the network again.',
  },
  'image-mismatch': {
    status: 422,
    title: 'The image is not what was announced',
    remedy: 'Fetch the file again and check its digest and format.',
  },
  'image-unreadable': {
    status: 422,
    title: 'The image cannot be read',
    remedy: 'See `detail`; supported are raw, gz, xz, zst and qcow2.',
  },
  'import-unreadable': {
    status: 415,
    title: 'The file is no list that can be read',
    remedy: 'See `detail`; save the list as .xlsx or as CSV and import that.',
  },
  'backup-unreadable': {
    status: 422,
    title: 'The backup cannot be used',
    remedy: 'See `detail`; take another backup, nothing was changed.',
  },
  'precondition-failed': {
    status: 412,
    title: 'It was changed meanwhile',
    remedy: 'Read it again, make the change anew, and send the ETag that came with it in If-Match.',
  },
  'idempotency-mismatch': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    remedy: 'Take a new Idempotency-Key for each new request.',
  },
  'idempotency-busy': {
    status: 409,
    title: 'The first request with this Idempotency-Key is still under way',
    remedy: 'Wait a second and send the same request again.',
  },
  'too-many-attempts': {
    status: 429,
    title: 'Too many wrong keys from this address',
    remedy: 'Wait as long as Retry-After says, then use a right key.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests of one machine or address',
    remedy: 'Wait as long as Retry-After says, then send it again.',
  },
  'too-many-streams': {
    status: 429,
    title: 'Too many event streams are open',
    remedy: 'End one that nobody reads, or follow with fewer clients.',
  },
  'too-slow': { status: 408, title: 'The request took too long to come', remedy: 'Send it again, all of it at once.' },
  'headers-too-large': {
    status: 431,
    title: 'The address and the headers are too large',
    remedy: 'Send at most 16 KiB of them: a shorter filter, fewer values in the query, fewer cookies.',
  },
  'too-large': { status: 413, title: 'The body is too large', remedy: 'Send less at once.' },
  'unsupported-media-type': {
    status: 415,
    title: 'The content type is not supported',
    remedy: 'Send application/json, or application/octet-stream for an upload.',
  },
  'disk-full': {
    status: 507,
    title: 'The server’s disk has no room for it',
    remedy: 'Make room below the data directory, or start with a larger disk (`eims up --data`).',
  },
  'not-on-this-listener': {
    status: 404,
    title: 'Not served here',
    remedy: 'Use the address that `eims up` printed for administration.',
  },
  'wrong-host': {
    status: 421,
    title: 'This server has another name',
    remedy: 'Use the address that `eims up` printed, or allow the name with `eims site set --admin-host NAME`.',
  },
  'database-down': {
    status: 503,
    title: 'The database does not answer',
    remedy: 'Wait a little and try again; `eims up` prints what is wrong.',
  },
  'outcome-unknown': {
    status: 504,
    title: 'The database went away while it was written',
    remedy:
      'Look whether it was done, or repeat it with the same Idempotency-Key; without one it may happen a second time.',
  },
  busy: {
    status: 503,
    title: 'Others are at work on the same thing',
    remedy: 'Nothing was changed; send it again in a few seconds.',
  },
  internal: { status: 500, title: 'A fault of the server', remedy: 'See the server log at the time of `instance`.' },
} as const satisfies Record<string, { status: number; title: string; remedy: string }>

export type ProblemCode = keyof typeof problems

/** RFC 9457 problem+json as every error reply carries it. */
export const Problem = z.object({
  type: z.string(),
  code: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  remedy: z.string(),
  /** `detail` as data, where it has a code */
  reason: ShownReason.optional(),
  instance: z.string().optional(),
  fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>

/** An error with a code of the table; thrown by cores and handlers, turned into a reply in one place. */
export class ProblemError extends Error {
  readonly code: ProblemCode
  readonly fields: { path: string; message: string }[] | undefined
  readonly reason: Reason | undefined

  /**
   * @param code   a code of `problems`
   * @param detail what exactly is wrong here: one sentence, or a reason
   * @param fields the offending fields, by path
   */
  constructor(code: ProblemCode, detail: string | Reason, fields?: { path: string; message: string }[]) {
    super(typeof detail === 'string' ? detail : say(detail))
    this.name = 'ProblemError'
    this.code = code
    this.fields = fields
    this.reason = typeof detail === 'string' ? undefined : detail
  }
}

/** The body of an error reply. `instance` is the request's id, so that the log line can be found. */
export function toProblem(error: ProblemError, instance?: string): Problem {
  const { status, title, remedy } = problems[error.code]
  return {
    type: `urn:eims:problem:${error.code}`,
    code: error.code,
    title,
    status,
    detail: error.message,
    remedy,
    ...(error.reason ? { reason: shown(error.reason) } : {}),
    ...(instance ? { instance } : {}),
    ...(error.fields ? { fields: error.fields } : {}),
  }
}

/** The error that the body of a reply tells; null for a body that is no problem document. A code of a newer server is `internal`. */
export function problemFrom(body: string): ProblemError | null {
  try {
    const { code, detail, reason, fields } = Problem.parse(JSON.parse(body))
    const known = code in problems ? (code as ProblemCode) : 'internal'
    return new ProblemError(known, readReason(reason) ?? detail, fields)
  } catch {
    return null
  }
}

/** For `catch`: null where what is asked for is not there. @throws any other error as it is */
export function unlessMissing(error: unknown): null {
  if (error instanceof ProblemError && error.code === 'not-found') return null
  throw error
}

/** Of what may be of several sorts, what is wrong with the sort that it is of. */
function meant(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code !== 'invalid_union') return [issue]
  const isOfSort = (issues: z.core.$ZodIssue[]) =>
    !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0)
  const [sort, ...others] = issue.errors.filter(isOfSort)
  if (!sort || others.length > 0) return [issue]
  return sort.flatMap(meant).map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
}

/** A zod failure as an `invalid-input` problem that names every field. */
export function invalidInput(error: z.ZodError, where = 'body'): ProblemError {
  const fields = error.issues.flatMap(meant).map(({ path, message }) => ({
    path: [where, ...path].join('.'),
    message,
  }))
  const first = fields[0]
  return new ProblemError(
    'invalid-input',
    first ? `${first.path} ${first.message}` : 'the request is not valid',
    fields,
  )
}
