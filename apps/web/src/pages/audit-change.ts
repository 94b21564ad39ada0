/** One field that a change touched, in texts. */
export interface FieldChange {
  path: string
  before: string | null
  after: string | null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value)

/**
 * PURE: which fields are others than before, by their paths (`retention.events.days`); a list counts as one field. What is
 * no object on either side is one change without a path.
 */
export function changesOf(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (isObject(before) || isObject(after)) {
    const was = isObject(before) ? before : {}
    const is = isObject(after) ? after : {}
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
      changesOf(was[key], is[key], path === '' ? key : `${path}.${key}`),
    )
  }
  const change = { path, before: textOf(before), after: textOf(after) }
  return change.before === change.after ? [] : [change]
}
