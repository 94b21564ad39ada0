/**
 * What a terminal takes for a command, or what reverses a line: C0 but for tab and line feed, DEL and C1 (ECMA-48), and
 * Unicode's marks of direction (UAX 9). Machines choose their serials, host names and log lines themselves.
 */
const ORDERS = /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Texts of a person's own that have lines. */
const OF_LINES = new Set(['cloudConfig', 'config', 'networkConfig', 'orchestratorCa'])

/**
 * PURE: the same value with all its texts fit for a terminal: orders are written out (`\x1b`), and no text can look like
 * a line of its own. For what is printed as text, and never for what is sent on.
 */
export function harmless<T>(value: T, key = ''): T {
  if (typeof value === 'string') return textOf(value, OF_LINES.has(key)) as T
  if (Array.isArray(value)) return value.map((each) => harmless(each, key)) as T
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, harmless(each, name)])) as T
}

/** PURE: JSON in which orders of a terminal are escaped as JSON may have them; it reads back as the same value. */
export function harmlessJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(ORDERS, (order) => `\\u${hex(order, 4)}`)
}

const textOf = (text: string, hasLines: boolean): string =>
  (hasLines ? text : text.trimEnd().replaceAll('\n', ' ⏎ ')).replaceAll(ORDERS, (order) =>
    order <= '\u00ff' ? `\\x${hex(order, 2)}` : `\\u${hex(order, 4)}`,
  )

const hex = (order: string, digits: number) => order.charCodeAt(0).toString(16).padStart(digits, '0')
