import { harmless, harmlessJson } from './harmless.ts'

/** Prints a reply: as JSON when asked for, else as the text that `render` makes of it. */
export function print<T>(reply: T, json: boolean | undefined, render: (reply: T) => string): void {
  process.stdout.write(json ? `${harmlessJson(reply, 2)}\n` : render(harmless(reply)))
}
