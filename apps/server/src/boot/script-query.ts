import { textOfBytes } from '@eims/contracts'

const PLAIN = ['mac', 'uuid', 'arch', 'platform'] as const
const TEXTS = ['serial', 'manufacturer', 'product'] as const
type Field = (typeof PLAIN)[number] | (typeof TEXTS)[number]

const isText = (key: string) => (TEXTS as readonly string[]).includes(key)
const known: ReadonlySet<string> = new Set([...PLAIN, ...TEXTS, ...TEXTS.map((key) => `${key}Hex`)])

/**
 * PURE: what GET /boot/script is told, by the URL as it came (a line of HTTP, Latin-1); never throws.
 *
 * `serialHex`, `manufacturerHex` and `productHex` are bytes in hexadecimal. `serial`, `manufacturer` and `product` are
 * how boot scripts of eims 0.1 said the same, as text in which iPXE left `&` and `+` as they were: `+` is not a space
 * here, and what follows a `&` belongs to the text unless it is a field that was not there before. Only a text that
 * itself holds `&manufacturer=` or the like is misread.
 */
export function scriptQuery(url: string): Partial<Record<Field, string>> {
  const said = wordsOf(url)
  const query: Partial<Record<Field, string>> = {}
  for (const key of [...PLAIN, ...TEXTS]) {
    const value = textOfHex(said.get(`${key}Hex`) ?? '') ?? said.get(key)
    if (value !== undefined) query[key] = value
  }
  return query
}

/** What was said first of each field, still in its escapes. */
function wordsOf(url: string): Map<string, string> {
  const words = new Map<string, string>()
  let last = ''
  for (const piece of url.slice(url.indexOf('?') + 1 || url.length).split('&')) {
    const equals = piece.indexOf('=')
    const key = piece.slice(0, Math.max(0, equals))
    if (known.has(key) && !words.has(key)) {
      words.set(key, piece.slice(equals + 1))
      last = key
    } else if (isText(last)) words.set(last, `${words.get(last)}&${piece}`)
  }
  for (const [key, value] of words) words.set(key, unescaped(value))
  return words
}

/** `%41` is `A`; a `%` that begins no escape is one. The bytes may be of either encoding, as SMBIOS has them. */
function unescaped(text: string): string {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return textOfBytes(Buffer.from(bytes, 'latin1'))
}

/** `53-4e` and `534e`; undefined: nothing is said, or not in hexadecimal. */
function textOfHex(text: string): string | undefined {
  const hex = text.replace(/[-:]/g, '')
  return /^([0-9a-f]{2})+$/i.test(hex) ? textOfBytes(Buffer.from(hex, 'hex')) : undefined
}
