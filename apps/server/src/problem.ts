import { invalidInput, type ProblemCode, ProblemError } from '@eims/contracts'
import { isBusy, isDatabaseDown, isPoolExhausted, type Lack, lackOf, OutcomeUnknown } from '@eims/registry'
import { ZodError } from 'zod'

const byFastifyCode: Record<string, [ProblemError['code'], string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'the content-type is not one this route takes'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'the body is larger than this route takes'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-input', 'the body is not valid JSON'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-input', 'the body is empty'],
}

/** Not now: the reply says in Retry-After after how many seconds. */
export class ComeAgain extends ProblemError {
  readonly seconds: number

  constructor(code: Extract<ProblemCode, 'busy' | 'too-many-requests'>, detail: string, seconds: number) {
    super(code, detail)
    this.seconds = seconds
  }
}

const byLack: Record<Lack, [ProblemError['code'], string]> = {
  disk: ['disk-full', 'the disk of the server or of its database is full; nothing was changed'],
  connections: ['busy', 'the database has no connection to spare'],
  memory: ['busy', 'the database has no memory for it at the moment'],
  files: ['database-down', 'the database cannot read or write its files; its log says why'],
}

/** Any failure as the problem a caller is told; causes of a 500 stay in the log. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof ZodError) return invalidInput(error)
  if (error instanceof OutcomeUnknown)
    return new ProblemError('outcome-unknown', `${error.message}: it may have been done or not`)
  const lack = lackOf(error)
  if (lack) return new ProblemError(...byLack[lack])
  if (isPoolExhausted(error))
    return new ProblemError('busy', 'so much is asked of the registry that it waited too long')
  if (isDatabaseDown(error)) return new ProblemError('database-down', 'the registry cannot be reached at the moment')
  if (isBusy(error)) return new ProblemError('busy', 'it waited too long for somebody else’s change to end')
  const known = byFastifyCode[(error as { code?: string } | null)?.code ?? '']
  if (known) return new ProblemError(...known)
  const status = (error as { statusCode?: number } | null)?.statusCode
  if (status && status >= 400 && status < 500) return new ProblemError('invalid-input', (error as Error).message)
  return new ProblemError('internal', 'the server failed; its log says why')
}
