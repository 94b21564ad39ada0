import { OPTION, optionName } from './options.ts'

/** Options in the order of their first appearance; the bytes are the option's value without code and length. */
export type Options = ReadonlyMap<number, Uint8Array>

/** A value, or why the bytes are none. What a peer sends can be wrong; that is no exception. */
export type Decoded<Value> = { ok: true; value: Value } | { ok: false; reason: string }

/*
 *   +------+--------+----------------+     code 0 (pad) and 255 (end)
 *   | code | length | length bytes   |     stand alone, without a length
 *   +------+--------+----------------+     (RFC 2132 section 2)
 */

/**
 * Reads one or several areas of options as one (RFC 3396 section 5: the pieces of an option that stands there
 * several times are joined, in the order options field, file, sname).
 * A missing end option is accepted, an option that runs past the end of its area is not.
 */
export function decodeOptions(areas: readonly Uint8Array[]): Decoded<Map<number, Uint8Array>> {
  const pieces = new Map<number, Uint8Array[]>()
  for (const area of areas) {
    for (let at = 0; at < area.length; ) {
      const code = area[at]!
      if (code === OPTION.end) break
      if (code === OPTION.pad) {
        at += 1
        continue
      }
      const length = area[at + 1]
      if (length === undefined) return { ok: false, reason: `${optionName(code)} has no length byte` }
      const end = at + 2 + length
      if (end > area.length) {
        const present = area.length - at - 2
        return { ok: false, reason: `${optionName(code)} says ${length} bytes and has ${present}` }
      }
      const piece = area.subarray(at + 2, end)
      const earlier = pieces.get(code)
      if (earlier) earlier.push(piece)
      else pieces.set(code, [piece])
      at = end
    }
  }
  return { ok: true, value: new Map([...pieces].map(([code, parts]) => [code, join(parts)])) }
}

/**
 * The bytes of options with the end option behind them, in the order of the map.
 * A value longer than 255 bytes becomes several pieces (RFC 3396). Throws RangeError for a code outside 1…254.
 */
export function encodeOptions(options: Options): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [code, value] of options) {
    if (!Number.isInteger(code) || code <= OPTION.pad || code >= OPTION.end) {
      throw new RangeError(`option code ${code} is not between 1 and 254`)
    }
    for (let at = 0; at === 0 || at < value.length; at += 255) {
      const piece = value.subarray(at, at + 255)
      parts.push(Uint8Array.of(code, piece.length), piece)
    }
  }
  parts.push(Uint8Array.of(OPTION.end))
  return join(parts)
}

/** How many bytes `encodeOptions` makes of these. */
export function encodedOptionsLength(options: Options): number {
  let length = 1
  for (const value of options.values()) length += 2 * Math.max(1, Math.ceil(value.length / 255)) + value.length
  return length
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
