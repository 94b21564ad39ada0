import { Refusal } from './refusal.ts'

export const metadataFlag = {
  metadata: {
    type: 'string',
    multiple: true,
    value: 'KEY=VALUE',
    says: 'a note; KEY= removes it, others stay',
  },
} as const

/** `--metadata a=1 --metadata b=` as changes: an empty value removes. @throws Refusal */
export function metadataChanges(texts: string[]): Record<string, string | null> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new Refusal(`--metadata "${text}" is no pair; write it like rack=B7`, 2)
      return [text.slice(0, at).trim(), text.slice(at + 1).trim() || null]
    }),
  )
}

/** The metadata after the changes. */
export function changeMetadata(
  was: Record<string, string>,
  changes: Record<string, string | null>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...was, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

/** In the order of their keys. */
export const metadataText = (metadata: Record<string, string>): string =>
  Object.entries(metadata)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
