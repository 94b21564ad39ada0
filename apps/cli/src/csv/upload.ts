import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ImportProgress, ImportQuery, ImportReport } from '@eims/contracts'
import { Interrupted, type Interruptible } from '../interrupt.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import { cancelImport, isCut, lostReport } from './outcome.ts'

/**
 * Sends a file (`-`: standard input) and shows how far the import is: a bar on a terminal, else a line of JSON a second.
 * An interrupt ends the import at the server, too.
 * @param pause between questions to a server that went away
 * @throws NoReport when the import was ended or nobody knows what became of it; whatever the server says
 */
export async function sendFile(
  client: Client,
  file: string,
  query: Partial<ImportQuery>,
  interrupt: Pick<Interruptible, 'tripped'>,
  pause: () => Promise<void> = () => sleep(1000),
): Promise<ImportReport> {
  const size = file === '-' ? null : await sizeOf(file)
  const id = randomUUID()
  const stream = file === '-' ? process.stdin : createReadStream(file)
  const ended = new AbortController()
  const telling = tell(client, id, size, ended.signal)
  const posting = client(
    'importNodes',
    { query: { ...query, id } },
    {
      rawBody: Readable.toWeb(stream) as unknown as NonNullable<RequestInit['body']>,
      contentType: typeOf(file),
      timeout: 3_600_000,
      signal: ended.signal,
    },
  )
  // When it is given up, its failure is news to nobody.
  posting.catch(() => {})
  try {
    return await Promise.race([posting, interrupt.tripped])
  } catch (error) {
    if (error instanceof Interrupted) {
      process.stderr.write(
        `\nCancelling the import; its end is told. Leave it with Ctrl-C, look at it with: ${look(id)}\n`,
      )
      return await cancelImport(client, id)
    }
    if (!isCut(error) || query.dryRun === 'true') throw error
    return await lostReport(client, id, pause)
  } finally {
    ended.abort()
    await telling
    stream.destroy()
  }
}

/** What it is, the server tells by its bytes. */
const typeOf = (file: string) =>
  /\.xlsx$/i.test(file) ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' : 'text/csv'

const look = (id: string) => `./eims imports show ${id}`

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new Refusal(`${file} is not a file`)
    return found.size
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(`${file} cannot be read: ${(error as Error).message}`)
  }
}

const labels: Record<ImportProgress['state'], string> = {
  receiving: 'sending',
  waiting: 'waiting for another import, or the undoing of one',
  running: 'running at another server',
  undoing: 'undoing',
  reading: 'reading',
  checking: 'checking',
  writing: 'writing',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
}

/** Shows how far an import, or the undoing of one, is, until `signal`. @param size of the file in bytes */
export async function tell(client: Client, id: string, size: number | null, signal: AbortSignal): Promise<void> {
  const isTerminal = process.stderr.isTTY
  const line = progressLine(process.stderr)
  for (;;) {
    await sleep(isTerminal ? 200 : 1000, undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    const progress = await client('getImport', { params: { id } }, { timeout: 5000 }).catch(() => null)
    if (!progress || signal.aborted) continue
    const { state, bytes, rows } = progress
    const fraction = state === 'receiving' && size ? Math.min(1, bytes / size) : progress.fraction
    if (isTerminal) line.show(labels[state], fraction, rows > 0 ? `${rows} rows` : undefined)
    else process.stderr.write(`${JSON.stringify({ import: id, state, bytes, rows, fraction })}\n`)
  }
  line.end()
}
