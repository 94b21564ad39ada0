export type CloudConfig = { [key: string]: unknown }

/**
 * Two cloud-configs as one: lists are appended, maps merged key by key, of two single values the second one counts, and
 * an empty (null) second one changes nothing.
 *
 * It is done here and not by cloud-init: its own default lets one part's `runcmd`, `users` and `write_files` replace
 * another's, `merge_how` cannot let a later number or boolean win without replacing lists as well, and vendor data
 * gives way as a whole.
 */
export function mergeConfigs(first: CloudConfig, second: CloudConfig): CloudConfig {
  const merged = new Map(Object.entries(first))
  for (const [key, value] of Object.entries(second)) merged.set(key, mergeValues(merged.get(key), value))
  return Object.fromEntries(merged)
}

function mergeValues(first: unknown, second: unknown): unknown {
  if (second === null || second === undefined) return first ?? null
  if (Array.isArray(first) && Array.isArray(second)) return [...first, ...second]
  if (isMap(first) && isMap(second)) return mergeConfigs(first, second)
  return second
}

/** Whether a value of parsed YAML is a mapping. */
export function isMap(value: unknown): value is CloudConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
