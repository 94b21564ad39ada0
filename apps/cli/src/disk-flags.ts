import type { DiskRule } from '@eims/contracts'
import { sizeOf } from './size.ts'

/** How a verb says which disk. */
export const diskFlags = {
  disk: {
    type: 'string',
    value: 'MATCH',
    says: 'which disk: name, /dev/disk link, serial, WWN or model; * is any text',
  },
  prefer: {
    type: 'string',
    oneOf: ['smallest', 'largest', ''],
    value: 'WHICH',
    says: 'of several disks take the smallest or the largest',
  },
  'min-size': { type: 'string', value: 'SIZE', says: 'no disk smaller than that, e.g. 64GB' },
  'max-size': { type: 'string', value: 'SIZE', says: 'no disk larger than that' },
  rotation: { type: 'string', oneOf: ['ssd', 'hdd', ''], value: 'WHICH', says: 'only an SSD, or only a rotating disk' },
} as const

interface DiskValues {
  disk?: string | undefined
  prefer?: string | undefined
  'min-size'?: string | undefined
  'max-size'?: string | undefined
  rotation?: string | undefined
}

/**
 * The rule with what the flags give changed; "" removes a part.
 * @returns undefined when no flag speaks of disks, null when no rule is left
 * @throws Refusal
 */
export function changeDiskRule(was: DiskRule | null | undefined, values: DiskValues): DiskRule | null | undefined {
  const { disk: match, prefer, rotation } = values
  const given = { match, prefer, minSize: values['min-size'], maxSize: values['max-size'], rotation }
  if (Object.values(given).every((value) => value === undefined)) return undefined
  const rule = Object.fromEntries(
    Object.entries({ ...was, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) })
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [
        name,
        isSize(name) && typeof value === 'string' ? sizeOf(name === 'minSize' ? 'min-size' : 'max-size', value) : value,
      ]),
  )
  return Object.keys(rule).length > 0 ? (rule as DiskRule) : null
}

/** A rule for people. */
export const diskText = (rule: DiskRule | null | undefined): string | null =>
  rule
    ? [
        rule.match,
        rule.prefer ? `the ${rule.prefer}` : '',
        rule.minSize ? `at least ${gigabytes(rule.minSize)}` : '',
        rule.maxSize ? `at most ${gigabytes(rule.maxSize)}` : '',
        rule.rotation?.toUpperCase() ?? '',
      ]
        .filter(Boolean)
        .join(', ')
    : null

const gigabytes = (size: number) => `${(size / 1e9).toFixed(1).replace(/\.0$/, '')} GB`

const isSize = (part: string): part is 'minSize' | 'maxSize' => part === 'minSize' || part === 'maxSize'
