import type { DiskRule } from '@eims/contracts'
import { Refusal } from './refusal.ts'

/** How a verb says which disk. */
export const diskFlags = {
  disk: { type: 'string', value: 'MATCH', says: 'which disk: kernel name, serial or WWN, with * as wildcard' },
  prefer: {
    type: 'string',
    oneOf: ['smallest', 'largest', ''],
    value: 'WHICH',
    says: 'of several disks take the smallest or the largest',
  },
  'min-size': { type: 'string', value: 'SIZE', says: 'no disk smaller than that, e.g. 64GB' },
} as const

export interface DiskValues {
  disk?: string | undefined
  prefer?: string | undefined
  'min-size'?: string | undefined
}

/**
 * The rule with what the flags give changed; "" removes a part.
 * @returns undefined when no flag speaks of disks, null when no rule is left
 * @throws Refusal
 */
export function changeDiskRule(was: DiskRule | null | undefined, values: DiskValues): DiskRule | null | undefined {
  const given = { match: values.disk, prefer: values.prefer, minSize: values['min-size'] }
  if (Object.values(given).every((value) => value === undefined)) return undefined
  const rule = Object.fromEntries(
    Object.entries({ ...was, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) })
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, name === 'minSize' && typeof value === 'string' ? sizeOf(value) : value]),
  )
  return Object.keys(rule).length > 0 ? (rule as DiskRule) : null
}

/** A rule for people. */
export const diskText = (rule: DiskRule | null | undefined): string | null =>
  rule
    ? [
        rule.match,
        rule.prefer ? `the ${rule.prefer}` : '',
        rule.minSize ? `at least ${(rule.minSize / 1e9).toFixed(1).replace(/\.0$/, '')} GB` : '',
      ]
        .filter(Boolean)
        .join(', ')
    : null

const units: Record<string, number> = {
  '': 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

function sizeOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = units[(unit ?? '?').toLowerCase()]
  const size = Math.round(Number(number) * (factor ?? Number.NaN))
  if (!Number.isSafeInteger(size) || size <= 0)
    throw new Refusal(`--min-size "${text}" is no size; write it like 64GB or 60GiB`, 2)
  return size
}
