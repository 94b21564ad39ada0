import { wrap } from './wrap.ts'

/** A flag as parseArgs takes it, with what help and completion say of it. */
interface Flag {
  type: 'string' | 'boolean'
  multiple?: boolean
  /** one letter, for `-o` */
  short?: string
  /** how help writes its value: `NAME`; left out for a boolean */
  value?: string
  says: string
  /** the only values it takes */
  oneOf?: readonly string[]
}
export type Flags = Record<string, Flag>

const WIDTH = 100
/** Longer than this a flag stands on a line of its own. */
const LEFT = 24

/** Names on the left, what they mean on the right, wrapped. */
export function described(pairs: [string, string][]): string {
  const left = Math.max(0, ...pairs.map(([name]) => name.length).filter((length) => length <= LEFT)) + 4
  return pairs
    .map(([name, says]) =>
      name.length <= LEFT
        ? wrap(says, WIDTH, `  ${name.padEnd(left - 2)}`)
        : `  ${name}\n${wrap(says, WIDTH, ' '.repeat(left))}`,
    )
    .join('')
}

/** Flags as help lists them, for `described`. */
export const flagPairs = (flags: Flags): [string, string][] =>
  Object.entries(flags).map(([name, { value, says, oneOf, multiple, short }]) => [
    `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : oneOf ? ` ${oneOf.join('|')}` : ''}`,
    `${says}${multiple ? '; may be repeated' : ''}`,
  ])
