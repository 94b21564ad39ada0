import { DiskRule } from '@eims/contracts'
import { pairsText, readPairs, shownText } from './cell-text.ts'

/**
 * PURE: `smallest`, `largest`, a disk's kernel name, WWN or serial with `*`, or `match=…&prefer=…&minSize=…`.
 * @returns the rule, or what is wrong as words that follow the column's name
 */
export function readDisk(text: string): DiskRule | string {
  const word = text.toLowerCase()
  if (word === 'smallest' || word === 'largest') return { prefer: word }
  if (!/(^|&)\s*(match|prefer|minsize)\s*=/i.test(text)) return checked({ match: text })
  const pairs = readPairs(text)
  if (!pairs) return 'must look like match=/dev/nvme*&prefer=smallest'
  const rule: Record<string, unknown> = {}
  for (const [key, value] of pairs) {
    const name = { match: 'match', prefer: 'prefer', minsize: 'minSize' }[key.toLowerCase()]
    if (!name) return `knows no ${shownText(key, 40)}: write match, prefer or minSize`
    rule[name] = name === 'minSize' ? Number(value) : name === 'prefer' ? value.toLowerCase() : value
  }
  return checked(rule)
}

function checked(rule: object): DiskRule | string {
  const parsed = DiskRule.safeParse(rule)
  if (parsed.success) return parsed.data
  return parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')
}

/** PURE: the shortest text that readDisk turns into this rule. */
export function diskText(rule: DiskRule | null): string {
  if (!rule) return ''
  const { match, prefer, minSize } = rule
  const plain = match !== undefined && prefer === undefined && minSize === undefined
  if (plain && typeof readDisk(match) === 'object' && (readDisk(match) as DiskRule).match === match) return match
  if (prefer !== undefined && match === undefined && minSize === undefined) return prefer
  const parts = { match, prefer, minSize: minSize === undefined ? undefined : String(minSize) }
  return pairsText(
    Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Record<string, string>,
  )
}
