/** PURE: as much of a text as a report repeats; the database refuses half a surrogate pair, which a cut may leave. */
export const shownText = (text: string, most = 200): string => text.slice(0, most).toWellFormed()

/** PURE: `key=value&key2=value2`; `&` in a value is written `%26`, `%` before 25 or 26 as `%25`. */
export function pairsText(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value.replace(/%(?=2[56])/g, '%25').replaceAll('&', '%26')}`)
    .join('&')
}

/** PURE: the opposite; null when a part has no `=` or a key comes twice. */
export function readPairs(text: string): [string, string][] | null {
  const pairs = text
    .split('&')
    .filter((part) => part.trim() !== '')
    .map((part): [string, string] | null => {
      const at = part.indexOf('=')
      return at < 1
        ? null
        : [
            part.slice(0, at).trim(),
            part
              .slice(at + 1)
              .trim()
              .replace(/%2([56])/g, (_, digit) => (digit === '5' ? '%' : '&')),
          ]
    })
  if (pairs.includes(null)) return null
  const whole = pairs as [string, string][]
  return new Set(whole.map(([key]) => key)).size === whole.length ? whole : null
}
