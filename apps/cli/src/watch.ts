import type { Event } from '@eims/contracts'
import type { Server } from './connection.ts'
import { explainFailure } from './failure.ts'
import { harmless, harmlessJson } from './harmless.ts'
import { Interrupted, interruptible } from './interrupt.ts'
import { paint, type Screen, screenOf } from './screen.ts'
import { clip } from './text-width.ts'
import { listen } from './watch-news.ts'
import { restFor } from './watch-pace.ts'

export const watchFlag = {
  watch: { type: 'boolean', says: 'show it again whenever it changes, until Ctrl-C' },
} as const

const UNREACHABLE = 3

interface Watched<T> {
  read: () => Promise<T>
  render: (value: T, screen: Screen) => string
  server: Server
  /** kinds of events that may change it, separated by commas; left out: all */
  kinds?: string
  /** whether one of these events does */
  concerns?: (event: Event, value: T) => boolean
  /** what --json prints of it */
  plain: (value: T) => unknown
  json: boolean | undefined
  env: NodeJS.ProcessEnv
  /** when it is longer than the terminal, its end is shown: a timeline */
  fromEnd?: boolean
}

/**
 * Shows a value until Ctrl-C: on a terminal redrawn in place (in the alternate screen, so that what stood there comes
 * back), elsewhere printed anew whenever it changed, as a line of JSON with --json. It is read again when an event says
 * that it may have changed, otherwise now and then, and every two seconds where there are no events. A server that goes
 * away is waited for.
 * @throws Interrupted at the end, and what `read` throws while the server is there
 */
export async function watch<T>(watched: Watched<T>): Promise<never> {
  const { read, render, plain, json, env, fromEnd = false, concerns } = watched
  using interrupt = interruptible()
  const { signal } = interrupt
  const { stdout } = process
  const live = stdout.isTTY && !json
  let value: T | undefined
  let printed = ''
  let movedAt = Number.NEGATIVE_INFINITY
  using news = listen({
    ...watched,
    concerns: (event) => value === undefined || concerns === undefined || concerns(event, value),
  })
  stdout.on('resize', news.tell)
  if (live) stdout.write('\x1b[?1049h\x1b[?25l')
  try {
    for (;;) {
      const screen = screenOf(stdout, env)
      const began = performance.now()
      news.forget()
      const trouble = await read().then((fresh) => {
        value = fresh
        return ''
      }, whatToWaitFor)
      if (signal.aborted) throw new Interrupted()
      const text = value === undefined ? '' : json ? `${harmlessJson(plain(value))}\n` : render(harmless(value), screen)
      if (live) stdout.write(frame(text, screen, { trouble, fromEnd }))
      else if (text !== printed) stdout.write(json || printed === '' ? text : `\n${text}`)
      const ended = performance.now()
      if (text !== printed && printed !== '') movedAt = ended
      printed = text
      for (;;) {
        const listening = news.listening && trouble === ''
        const shown = { told: news.told, listening, sinceMoved: ended - movedAt, took: ended - began }
        const left = ended + restFor(shown) - performance.now()
        if (left <= 0) break
        await Promise.race([news.wait(left), interrupt.tripped])
      }
    }
  } finally {
    stdout.off('resize', news.tell)
    if (live) stdout.write('\x1b[?25h\x1b[?1049l')
  }
}

/** What is said while the server cannot be reached; any other failure ends it. */
function whatToWaitFor(error: unknown): string {
  const { lines, exitCode } = explainFailure(error)
  if (exitCode !== UNREACHABLE) throw error
  return `${(lines[0] ?? '').replace(/^eims: /, '').split('; ')[0]}; trying again`
}

/** A text as it is drawn over what stood there before: as many lines as fit, and a last one that says what this is. */
export function frame(
  text: string,
  screen: Screen,
  { trouble, fromEnd }: { trouble: string; fromEnd: boolean },
): string {
  const columns = screen.columns ?? 80
  const room = Math.max(1, (screen.rows ?? 24) - 1)
  const lines = text.replace(/\n$/, '').split('\n')
  const cut = Math.max(0, lines.length - room)
  const visible = fromEnd ? lines.slice(cut) : lines.slice(0, room)
  const more = cut === 0 ? '' : `, ${cut} ${fromEnd ? 'earlier' : 'more'} lines do not fit`
  const foot = trouble
    ? paint(clip(trouble, columns - 1), 'bad', screen)
    : paint(clip(`Ctrl-C ends${more}`, columns - 1), 'dim', screen)
  // Line by line and never cleared as a whole: that would flicker.
  return `\x1b[H${visible.map((line) => `${line}\x1b[K\n`).join('')}${foot}\x1b[K\x1b[J`
}
