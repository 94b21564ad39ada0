import type { Metadata, MetadataChanges } from '@eims/contracts'
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
export function metadataChanges(texts: string[]): MetadataChanges {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new Refusal(`--metadata "${text}" is no pair; write it like rack=B7`, 2)
      return [text.slice(0, at).trim(), text.slice(at + 1).trim() || null]
    }),
  )
}

/** `--param a=1` as a template sees it; an empty value is one. @throws Refusal */
export function paramsOf(texts: string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new Refusal(`${flag} "${text}" is no pair; write it like channel=stable`, 2)
      return [text.slice(0, at).trim(), text.slice(at + 1)]
    }),
  )
}

/** In the order of their keys. */
export const metadataText = (metadata: Metadata): string =>
  Object.entries(metadata)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
