import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endProcess, type Namespace } from '@eims/lab'

const program = fileURLToPath(new URL('calls-client.ts', import.meta.url))

export interface CallTimes {
  p50: number
  p99: number
}

/**
 * Somebody who lists the nodes `count` times, from the moment that this resolves. `over` resolves after the last call.
 * @returns milliseconds that half of the calls took at most, and 99 of 100
 */
export async function watchCalls(
  namespace: Namespace,
  localFile: string,
  count: number,
): Promise<{ over: Promise<CallTimes> } & AsyncDisposable> {
  const child = namespace.spawn(process.execPath, [program, localFile, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const over = once(child, 'close').then(() => JSON.parse(said.trim().split('\n').at(-1)!) as CallTimes)
  await once(child.stdout!, 'data')
  return { over, [Symbol.asyncDispose]: () => endProcess(child) }
}
