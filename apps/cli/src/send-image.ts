import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  bytes,
  type CallInput,
  type Client,
  createClient,
  fileFingerprint,
  type Image,
  type ImageUpload,
  ProblemError,
} from '@eims/contracts'
import type { Server } from './connection.ts'
import { patientFetch } from './patient-fetch.ts'
import { type ProgressLine, progressLine } from './progress.ts'
import { Refusal } from './refusal.ts'

const DAY_MS = 24 * 3600_000
/** Pauses between attempts that bring no byte further; together as long as a server takes to be started again. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000]

type Described = Omit<CallInput<'beginUpload'>['body'], 'size' | 'fingerprint'>

/**
 * Sends an image file's bytes; shows on a terminal how far it is. When the connection breaks or the server restarts it
 * goes on where it was, and so does the same command when it is given again within a day.
 *
 * @param pauses milliseconds between attempts that bring nothing
 * @returns the image, whose conversion has begun
 */
export async function sendImage(
  call: { client: Client; server: Server },
  described: Described,
  path: string,
  pauses = PAUSES_MS,
): Promise<Image> {
  const blob = await openAsBlob(path)
  const { mtimeMs } = await stat(path)
  return await sendBlob(call, described, { blob, fingerprint: await fileFingerprint(blob, mtimeMs) }, pauses)
}

/** The same of bytes that have no file of their own. @param what.fingerprint tells them from others of this name and size */
export async function sendBlob(
  { client, server }: { client: Client; server: Server },
  described: Described,
  { blob, fingerprint }: { blob: Blob; fingerprint: string },
  pauses = PAUSES_MS,
): Promise<Image> {
  const line = progressLine(process.stderr)
  const body = { ...described, size: blob.size, fingerprint }
  let upload = await client('beginUpload', { body })
  if (upload.received > 0) say(line, `${upload.name}: going on at ${bytes(upload.received)} of ${bytes(upload.size)}`)
  const send = createClient({ baseUrl: server.url, token: server.key, fetch: patientFetch })
  try {
    for (let fruitless = 0; upload.received < upload.size; ) {
      const before = upload.received
      try {
        upload = await sendRest(send, upload, blob, line)
      } catch (error) {
        if (!isBroken(error)) throw error
        const pause = pauses[fruitless]
        if (pause === undefined)
          throw new Refusal(
            `the connection broke at ${bytes(before)} of ${bytes(upload.size)}, and cannot be made again (${wordsOf(error)}): ` +
              'the same command goes on there within a day',
          )
        say(line, `${upload.name}: the connection broke (${wordsOf(error)}); trying again in ${pause / 1000} s`)
        await sleep(pause)
        upload = await client('getUpload', { params: { id: upload.id } }).catch((again) => {
          if (isBroken(again)) return upload
          throw again
        })
        fruitless = upload.received > before ? 0 : fruitless + 1
      }
    }
    return await client('finishUpload', { params: { id: upload.id } })
  } finally {
    line.end()
  }
}

function sendRest(send: Client, { id, name, received }: ImageUpload, blob: Blob, line: ProgressLine) {
  const rest = blob.slice(received)
  const rawBody = rest
    .stream()
    .pipeThrough(counting(rest.size, (sent) => line.show(`sending ${name}`, (received + sent) / blob.size)))
  const headers = { 'content-length': String(rest.size) }
  return send('sendUpload', { params: { id }, query: { offset: received } }, { rawBody, timeout: DAY_MS, headers })
}

/** Whether trying again may help: no answer, one of a server that just stops, or another idea of where to go on. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return error instanceof TypeError
  return ['image-unreadable', 'wrong-state', 'busy', 'database-down', 'internal'].includes(error.code)
}

const wordsOf = (error: unknown) => {
  const { message, cause } = error as Error & { cause?: { code?: string } }
  return cause?.code ?? message
}

function say(line: ProgressLine, text: string): void {
  line.end()
  process.stderr.write(`${text}\n`)
}

/** Lets bytes through and tells how far they are, at most ten times a second. */
function counting(size: number, tell: (bytes: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let [sent, toldAt] = [0, 0]
  return new TransformStream({
    transform(chunk, controller) {
      sent += chunk.byteLength
      if (performance.now() - toldAt > 100 || sent === size) {
        toldAt = performance.now()
        tell(sent)
      }
      controller.enqueue(chunk)
    },
  })
}
