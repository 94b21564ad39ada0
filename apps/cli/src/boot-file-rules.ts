import { BootFileRule } from '@eims/contracts'
import { Refusal } from './refusal.ts'

const keys: Record<string, keyof BootFileRule> = {
  arch: 'architecture',
  vendor: 'vendorClass',
  product: 'product',
  file: 'file',
}

/**
 * `--boot-file arch=11,file=x.efi` as often as it was given -> rules, in that order. One empty text clears them all.
 * A value ends at the comma before the next key, so a product's name may have commas.
 * @throws Refusal with the text and what is wrong with it
 */
export function bootFileRules(texts: string[]): BootFileRule[] {
  if (texts.length === 1 && texts[0] === '') return []
  return texts.map(oneRule)
}

function oneRule(text: string): BootFileRule {
  const wrong = (why: string) => new Refusal(`--boot-file "${text}": ${why}; write it like arch=11,file=ipxe.efi`, 2)
  const rule: Record<string, string | number> = {}
  for (const part of text.split(/,(?=(?:arch|vendor|product|file)=)/)) {
    const [name = '', value] = [part.split('=', 1)[0], part.slice(part.indexOf('=') + 1)]
    const key = keys[name]
    if (!key || !part.includes('=')) throw wrong(`"${part}" is none of arch=, vendor=, product=, file=`)
    if (key in rule) throw wrong(`${name} is given twice`)
    if (key === 'architecture' && !/^\d+$/.test(value)) throw wrong('arch is a number, as in option 93')
    rule[key] = key === 'architecture' ? Number(value) : value
  }
  const parsed = BootFileRule.safeParse(rule)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw wrong(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`.trim())
}

/** A rule as it is typed. */
export function bootFileText({ architecture, vendorClass, product, file }: BootFileRule): string {
  return [
    ...(architecture === undefined ? [] : [`arch=${architecture}`]),
    ...(vendorClass === undefined ? [] : [`vendor=${vendorClass}`]),
    ...(product === undefined ? [] : [`product=${product}`]),
    `file=${file}`,
  ].join(',')
}
