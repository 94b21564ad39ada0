/** A value as words of the command line. */
const wordsOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(wordsOf)
  if (value === null || value === undefined || value === '') return []
  return [typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)]
}

/**
 * config.yaml and the files of config.yaml.d as K3s merges them: a later file takes the place of a key with all its
 * values, unless it writes the key with a `+` behind it, which appends (its pkg/configfilearg).
 * @param documents mappings, in K3s's order
 * @returns of each key its values
 */
export function effective(documents: readonly unknown[]): Map<string, string[]> {
  const merged = new Map<string, string[]>()
  for (const document of documents)
    for (const [written, value] of Object.entries(document ?? {})) {
      const key = written.replace(/\+$/, '')
      merged.set(key, [...(key === written ? [] : (merged.get(key) ?? [])), ...wordsOf(value)])
    }
  return merged
}
