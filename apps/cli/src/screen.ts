/** Where text goes: a terminal with its width and colours, or a file or pipe that gets everything plain. */
export interface Screen {
  /** null: no terminal, so as wide as it takes */
  columns: number | null
  rows: number | null
  colour: boolean
}

/** For what is kept or read by a program. */
export const plain: Screen = { columns: null, rows: null, colour: false }

/** https://no-color.org: NO_COLOR with any text in it means none. */
export function screenOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  if (!stream.isTTY) return plain
  const colour = !env.NO_COLOR && env.TERM !== 'dumb'
  return { columns: Math.max(40, stream.columns || 80), rows: stream.rows || 24, colour }
}

const codes = { good: 32, busy: 36, bad: 31, warn: 33, dim: 2, bold: 1 }
export type Tint = keyof typeof codes

export const paint = (text: string, tint: Tint | null | undefined, { colour }: Screen): string =>
  colour && tint ? `\x1b[${codes[tint]}m${text}\x1b[0m` : text
