import { DiskRule } from '@eims/contracts'
import { pairsText, readPairs, shownText } from './cell-text.ts'

const word = (text: string) => text.toLowerCase()
/** The parts of a rule, each with how its value is read. */
const parts: { [P in keyof Required<DiskRule>]: (value: string) => unknown } = {
  match: (value) => value,
  prefer: word,
  minSize: Number,
  maxSize: Number,
  rotation: word,
}

/**
 * PURE: `smallest`, `largest`, a disk's name, link, WWN, serial or model with `*`, or
 * `match=…&prefer=…&minSize=…&maxSize=…&rotation=ssd|hdd`.
 * @returns the rule, or what is wrong as words that follow the column's name
 */
export function readDisk(text: string): DiskRule | string {
  const only = word(text)
  if (only === 'smallest' || only === 'largest') return { prefer: only }
  if (!/(^|&)\s*(match|prefer|minsize|maxsize|rotation)\s*=/i.test(text)) return checked({ match: text })
  const pairs = readPairs(text)
  if (!pairs) return 'must look like match=/dev/nvme*&prefer=smallest'
  const rule: Record<string, unknown> = {}
  for (const [key, value] of pairs) {
    const name = Object.keys(parts).find((part) => part.toLowerCase() === key.toLowerCase()) as keyof DiskRule
    if (!name) return `knows no ${shownText(key, 40)}: write ${Object.keys(parts).join(', ')}`
    rule[name] = parts[name](value)
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
  const { match, prefer } = rule
  const given = Object.entries(rule).filter(([, value]) => value !== undefined)
  const alone = given.length === 1
  if (alone && prefer !== undefined) return prefer
  const plain = alone && match !== undefined ? readDisk(match) : null
  if (match !== undefined && typeof plain === 'object' && plain?.match === match) return match
  return pairsText(Object.fromEntries(given.map(([name, value]) => [name, String(value)])))
}
