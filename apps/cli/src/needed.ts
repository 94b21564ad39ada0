import { Refusal } from './refusal.ts'

/** The values of flags that a verb cannot do without. @throws Refusal naming those that are missing */
export function needed<K extends string>(values: object, names: readonly K[]): Record<K, string> {
  const given = values as Record<string, unknown>
  const missing = names.filter((name) => !given[name])
  if (missing.length > 0) throw new Refusal(`give ${missing.map((name) => `--${name}`).join(' and ')}; see --help`, 2)
  return Object.fromEntries(names.map((name) => [name, String(given[name])])) as Record<K, string>
}

/** What was given: without the undefined ones. */
export const defined = <T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never
