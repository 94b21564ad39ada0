import type { BadName, NameFault } from './tftp-reason.ts'

/** What a machine asked for: a relative path of plain segments, and the MAC that stood before it, if any. */
export type RequestedFile = { readonly name: string; readonly mac: string | null }

/** Longest name after cleaning, in bytes. */
const longestName = 255

/**
 * The raw name of an RRQ (latin1) -> a relative path `a/b/c` and the MAC of its `<mac>/` prefix (lower case, colons),
 * or why it is refused. The result has no empty, `.` or `..` segment, no backslash and only printable ASCII.
 */
export function cleanName(raw: string): RequestedFile | { readonly refused: BadName } {
  // Old UEFI ROMs read option 67 as a C string and append 0xff (the end option) or other junk to the name.
  const trimmed = raw.replace(/[^\x21-\x7e]+$/, '')
  if (/[^\x20-\x7e]/.test(trimmed)) return refuse('not-ascii')
  if (trimmed.length > longestName) return refuse('too-long')
  const segments = trimmed
    .split(/[/\\]/) // Windows deployment tools and some UEFI firmware write backslashes
    .filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) return refuse('leaves-folder')
  const [first, ...rest] = segments
  if (first === undefined) return refuse('empty')
  const mac = rest.length > 0 ? macOf(first) : null
  return { mac, name: (mac === null ? segments : rest).join('/') }
}

const refuse = (fault: NameFault) => ({ refused: { code: 'tftp-name', slots: { fault } } }) as const

/** `52-54-00-aa-00-01`, `52:54:00:aa:00:01` or `525400aa0001` in any case -> `52:54:00:aa:00:01`; else null. */
function macOf(segment: string): string | null {
  if (!/^([0-9a-f]{12}|([0-9a-f]{2}:){5}[0-9a-f]{2}|([0-9a-f]{2}-){5}[0-9a-f]{2})$/i.test(segment)) return null
  return segment.toLowerCase().replace(/[:-]/g, '').match(/../g)!.join(':')
}

/** Bytes from outside, made fit for an event, a log line or an ERROR message: printable ASCII, at most `limit` long. */
export function printable(raw: string, limit = 128): string {
  return raw.slice(0, limit).replace(/[^\x20-\x7e]/g, '?')
}
