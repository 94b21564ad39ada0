import { nearest, type ProblemCode, ProblemError } from '@eims/contracts'
import { Interrupted } from './interrupt.ts'
import { Refusal } from './refusal.ts'
import { whyUnreachable } from './unreachable.ts'
import { flagsOf, type Verb } from './verb.ts'

const exitCodeOf: Partial<Record<ProblemCode, number>> = {
  'invalid-input': 2,
  'database-down': 3,
  busy: 3,
  unauthenticated: 4,
  forbidden: 4,
  'too-many-attempts': 4,
  'not-found': 5,
}

/** What a person is told of an error, and the exit code (overview.ts). `verb`: what was running, if anything. */
export function explainFailure(error: unknown, verb?: Verb): { lines: string[]; exitCode: number } {
  const said = (exitCode: number, text: string, ...more: string[]) => ({ lines: [`eims: ${text}`, ...more], exitCode })
  if (error instanceof Interrupted) return { lines: [], exitCode: 130 }
  if (error instanceof Refusal) return said(error.exitCode, error.message, ...error.lines.map((line) => `  ${line}`))
  if (error instanceof ProblemError) {
    // One field's fault is often the whole sentence already.
    const fields = (error.fields ?? []).filter(({ message }) => !error.message.includes(message))
    const lines = fields.map(({ path, message }) => `  ${called(path, verb)}: ${message}`)
    const sentence = error.message.replace(/^(?:body|query|params)(?:\.[\w-]+)+/, (path) => called(path, verb))
    return said(exitCodeOf[error.code] ?? 1, sentence, ...lines)
  }
  const { name, message, cause } = error as Error & { cause?: { code?: string } }
  const given = (error as { code?: unknown } | null)?.code
  // Of a DOMException it is a number.
  const code = typeof given === 'string' ? given : ''
  if (code.startsWith('ERR_PARSE_ARGS')) return said(2, wrongUsage(code, message, verb))
  if (name === 'TimeoutError') return said(3, 'the server did not answer in time; try again later')
  if (error instanceof TypeError && cause) return said(3, whyUnreachable(cause))
  if (name === 'ZodError')
    return said(1, 'the reply is not one that this version knows; use the ./eims of the same version as the server')
  return said(1, error instanceof Error ? message : String(error))
}

/** Fields that a flag has another name for. */
const flagOfField: Record<string, string> = {
  netbootPolicy: '--netboot',
  passwordHash: '--password-hash',
  disk: '--disk',
}

/** A field of a request as whoever types it knows it: `body.macs.0` is `--mac`. */
function called(path: string, verb: Verb | undefined): string {
  const flags = verb ? flagsOf(verb) : []
  const words = path.split('.').slice(1)
  for (const word of words.toReversed()) {
    const flag = `--${word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const found = [flagOfField[word], flag, flag.replace(/s$/, '')].find((each) => each && flags.includes(each))
    if (found) return found
  }
  return words.join('.') || path
}

function wrongUsage(code: string, message: string, verb: Verb | undefined): string {
  const see = `see ./eims ${verb ? `${verb.name} --help` : 'help'}`
  const flag = /'(--[^'= ]+)/.exec(message)?.[1]
  const meant = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && flag && verb ? nearest(flag, flagsOf(verb)) : null
  return `${message.split('. ')[0]}${meant ? `; did you mean ${meant}?` : ''}; ${see}`
}
