import type { ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'

/**
 * Resolves when a program that was just started says on its standard error that it is ready (one of `words`);
 * rejects, with what it said last, when it ends instead.
 * @param log gets everything that it says, also afterwards
 */
export function untilSays(name: string, child: ChildProcess, words: readonly string[], log?: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log?.write(text)
      said = (said + text).slice(-4000)
      if (words.some((word) => said.includes(word))) resolve()
    })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`${name} ended with ${code}: ${said}`)))
  })
}
