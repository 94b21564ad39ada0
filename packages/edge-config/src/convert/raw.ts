/** `name="value"` as bash reads it; a name, then the rest of the line. */
export const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/

/** Whether a text is a raw config-file: the first line that says something is an assignment of bash. */
export function isRaw(text: string): boolean {
  const first = text.split('\n', 2000).find((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
  return first !== undefined && ASSIGNMENT.test(first)
}
