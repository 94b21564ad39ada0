/** Priorities of syslog (RFC 5424 section 6.2.1), by the levels of pino that are at least so high; sd-daemon(3) has the form. */
const PRIORITIES: [level: number, priority: number][] = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
]
const DEBUG = 7
export const ERROR = 3

/**
 * PURE: whether a file is the stream that systemd made for the journal: JOURNAL_STREAM names it (systemd.exec(5)), also
 * to children whose standard error leads elsewhere by now.
 */
export const isJournal = (stream: string | undefined, { dev, ino }: { dev: number; ino: number }): boolean =>
  stream === `${dev}:${ino}`

/** PURE: text as lines of one priority each; nothing in it can begin a line of another priority. */
export const prioritised = (priority: number, text: string): string =>
  text
    .trimEnd()
    .split(/\r\n|[\n\r]/)
    .map((line) => `<${priority}>${line.replace(CONTROL, escaped)}\n`)
    .join('')

// A tab is fine; for any other one the journal would call the whole line binary.
const CONTROL = /(?!\t)\p{Cc}/gu
const escaped = (character: string) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

/**
 * PURE: a line of pino's as the journal is to have it: `<4>sentence key=value`, and below it the stack of an error. The
 * journal notes the time itself.
 */
export function journalLines(json: string): string {
  const {
    level,
    time: _,
    msg = '',
    err,
    ...more
  } = JSON.parse(json) as {
    level: number
    time?: string
    msg?: string
    err?: { message?: string; stack?: string }
    [key: string]: unknown
  }
  const priority = PRIORITIES.find(([from]) => level >= from)?.[1] ?? DEBUG
  const pairs = Object.entries(more).map(([key, value]) => `${key}=${wordOf(value)}`)
  const said = err?.message && err.message !== msg ? `${msg}: ${err.message}` : msg
  const first = [said, ...pairs].filter(Boolean).join(' ')
  return prioritised(priority, [first, ...(err?.stack ? [err.stack] : [])].join('\n'))
}

/** A plain word as it is, anything else as JSON, which has no line breaks. */
const wordOf = (value: unknown): string =>
  typeof value === 'string' && /^[\w./:@%+-]+$/.test(value) ? value : JSON.stringify(value)
