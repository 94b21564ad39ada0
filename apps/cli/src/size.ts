import { Refusal } from './refusal.ts'

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

/** Bytes of a size as people write it: 64GB, 60GiB. @throws Refusal that names the flag */
export function sizeOf(flag: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = units[(unit ?? '?').toLowerCase()]
  const size = Math.round(Number(number) * (factor ?? Number.NaN))
  if (!Number.isSafeInteger(size) || size <= 0)
    throw new Refusal(`--${flag} "${text}" is no size; write it like 64GB or 60GiB`, 2)
  return size
}
