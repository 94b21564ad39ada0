import { type Client, type ImportReport, ProblemError } from '@eims/contracts'
import { Refusal } from '../refusal.ts'

/** An import of which no report came: `cancelled` or `interrupted`, so that nothing of it is in the registry, or nobody knows. */
export class NoReport extends Refusal {
  readonly id: string
  readonly outcome: 'cancelled' | 'interrupted' | 'unknown'

  constructor(id: string, outcome: NoReport['outcome'], message: string, exitCode: number) {
    super(message, exitCode)
    this.id = id
    this.outcome = outcome
  }
}

/** A server that is gone for longer has ended what it did. */
const TRIES = 5
const UNREACHABLE = 3
const INTERRUPTED = 130

const unknown = (id: string, why: string, exitCode: number) =>
  new NoReport(
    id,
    'unknown',
    `it is unknown whether the file was imported: ${why}. Import it again, that is safe: rows that are in the registry already stay as they are`,
    exitCode,
  )

/** Codes of a connection that stood, and so may have carried the file; without one nothing was sent. */
const cuts = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

/** PURE: whether what fetch threw leaves open what the server did. */
export function isCut(error: unknown): boolean {
  const { name, cause } = (error ?? {}) as { name?: string; cause?: { code?: string } }
  return name === 'TimeoutError' || (error instanceof TypeError && cuts.has(cause?.code ?? ''))
}

/**
 * The report of an import whose reply was lost, asked for until it is there.
 * @param pause between two questions
 * @throws NoReport when the server is gone, or knows of no end that the registry would show
 */
export async function lostReport(client: Client, id: string, pause: () => Promise<void>): Promise<ImportReport> {
  let silent = 0
  while (silent < TRIES) {
    try {
      const { state, report } = await client('getImport', { params: { id } }, { timeout: 5000 })
      silent = 0
      if (report) return report
      if (state === 'cancelled') throw cancelled(id, UNREACHABLE)
      if (state === 'interrupted') throw interrupted(id)
      if (state === 'failed') throw unknown(id, 'the server failed at it, and its reply was lost', UNREACHABLE)
    } catch (error) {
      if (error instanceof NoReport) throw error
      if (error instanceof ProblemError && error.code === 'not-found')
        throw unknown(id, 'the server knows nothing of it', UNREACHABLE)
      silent++
    }
    await pause()
  }
  throw unknown(id, 'the server went away', UNREACHABLE)
}

const cancelled = (id: string, exitCode: number) =>
  new NoReport(id, 'cancelled', 'the import was cancelled; nothing of it was written', exitCode)

const interrupted = (id: string) =>
  new NoReport(
    id,
    'interrupted',
    'the service ended in the middle of the import; nothing of it was written: import the file again',
    UNREACHABLE,
  )

/**
 * Ends an import at the wish of whoever pressed Ctrl-C.
 * @returns the report, when it had come to its end before that
 * @throws NoReport
 */
export async function cancelImport(client: Client, id: string): Promise<ImportReport> {
  const last = await client('cancelImport', { params: { id } }, { timeout: 600_000 }).catch(() => null)
  if (last?.report) return last.report
  if (last?.state === 'cancelled') throw cancelled(id, INTERRUPTED)
  throw unknown(id, 'the server did not say what became of it', INTERRUPTED)
}
