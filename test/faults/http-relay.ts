import { createInterface } from 'node:readline'

/**
 * Runs in a namespace: each line of standard input is a request as JSON, each line of standard output its reply, with the
 * same number. `status` 0: none came within `timeout` milliseconds, or the connection broke.
 */
for await (const line of createInterface({ input: process.stdin })) {
  const { number, url, timeout, ...request } = JSON.parse(line) as { number: number; url: string; timeout: number }
  void fetch(url, { ...request, signal: AbortSignal.timeout(timeout) })
    .then(async (response) => ({ status: response.status, text: await response.text() }))
    .catch((error: unknown) => ({ status: 0, text: String(error) }))
    .then((reply) => process.stdout.write(`${JSON.stringify({ number, ...reply })}\n`))
}
