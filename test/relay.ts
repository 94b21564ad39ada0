import { createInterface } from 'node:readline'
import type { Namespace } from '@eims/lab'

export interface Reply {
  /** 0: none came in time, or the connection broke */
  status: number
  text: string
}

export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  /** milliseconds */
  timeout?: number
}

export interface Relay extends Disposable {
  ask(url: string, ask?: Ask): Promise<Reply>
}

/** Asks by HTTP from inside a namespace, as often as wanted, with one process there. */
export function startRelay(namespace: Namespace): Relay {
  const child = namespace.spawn(process.execPath, [import.meta.filename], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<number, (reply: Reply) => void>()
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const { number, ...reply } = JSON.parse(line) as Reply & { number: number }
    waiting.get(number)?.(reply)
    waiting.delete(number)
  })
  let last = 0
  return {
    ask: (url, { method = 'GET', headers = {}, body, timeout = 60_000 } = {}) =>
      new Promise((resolve) => {
        const number = ++last
        waiting.set(number, resolve)
        const content = body === undefined ? {} : { body: JSON.stringify(body) }
        const all = { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
        child.stdin!.write(`${JSON.stringify({ number, url, method, headers: all, timeout, ...content })}\n`)
      }),
    [Symbol.dispose]: () => void child.stdin!.end(),
  }
}

/** In the namespace: each line of standard input is a request, each line of standard output the reply with its number. */
async function relay(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { number, url, timeout, ...request } = JSON.parse(line) as { number: number; url: string; timeout: number }
    void fetch(url, { ...request, signal: AbortSignal.timeout(timeout) })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch((error: unknown) => ({ status: 0, text: String(error) }))
      .then((reply) => process.stdout.write(`${JSON.stringify({ number, ...reply })}\n`))
  }
}

if (import.meta.main) await relay()
