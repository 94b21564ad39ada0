import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endProcess, type Namespace } from '@eims/lab'

const program = fileURLToPath(new URL('calls-client.ts', import.meta.url))

/** Somebody who lists the nodes again and again, until it is asked how long that took. */
export async function watchCalls(
  namespace: Namespace,
  localFile: string,
): Promise<{ p99(): Promise<number> } & AsyncDisposable> {
  const child = namespace.spawn(process.execPath, [program, localFile], { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await once(child.stdout!, 'data')
  return {
    async p99() {
      child.stdin!.end()
      if (child.exitCode === null) await once(child, 'exit')
      return Number(said.trim().split('\n').at(-1))
    },
    [Symbol.asyncDispose]: () => endProcess(child),
  }
}
