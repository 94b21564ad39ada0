import { text } from 'node:stream/consumers'
import type { ReadStream } from 'node:tty'
import { Interrupted } from './interrupt.ts'
import { Refusal } from './refusal.ts'

/** Nothing that is asked for is longer. */
const MOST = 1024

/**
 * A secret: typed at a terminal without being shown, else all that the input holds (`eims login URL < key`).
 * @throws Interrupted after Ctrl-C, Refusal when nothing comes
 */
export async function askSecret(
  question: string,
  input: NodeJS.ReadStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<string> {
  const answer = input.isTTY ? await typed(question, input as ReadStream, output) : (await text(input)).trim()
  if (answer === '' || answer.length > MOST) throw new Refusal('no key was given', 2)
  return answer
}

function typed(question: string, input: ReadStream, output: NodeJS.WritableStream): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let answer = ''
  const take = (chunk: string) => {
    for (const character of chunk) {
      if (character === '\u0003') return reject(new Interrupted())
      if (character === '\r' || character === '\n' || character === '\u0004') return resolve(answer.trim())
      if (character === '\u007f' || character === '\b') answer = answer.slice(0, -1)
      else if (character === '\u0015') answer = ''
      else if (character >= ' ' && answer.length < MOST) answer += character
    }
  }
  output.write(question)
  input.setRawMode(true)
  input.setEncoding('utf8').on('data', take).resume()
  return promise.finally(() => {
    input.off('data', take).pause()
    input.setRawMode(false)
    output.write('\n')
  })
}
